// Legal search: topics of coverage law.
import { field, h, pageHeading } from "../dom.js";
import { filteredList } from "../filtered-list.js";

const TOPICS = [
  ["Additional insured status", "Who is insured under another's policy, and for what."],
  ["Duty to defend", "When an insurer must defend, and who pays meanwhile."],
  ["Late notice", "What a late report of a claim costs the insured."],
  ["Pollution exclusion", "Absolute, total and traditional wordings."],
  ["Professional services exclusion", "Where general liability ends."],
  ["Prior acts and retroactive dates", "Claims-made policies and what came before."],
  ["Subrogation and waiver", "Recovering from third parties, and giving that up."],
  ["Known loss", "What the insured knew before the policy began."],
];

export default function legalSearch({ main }) {
  const search = field("Search legal topics", { type: "search", hideLabel: true, placeholder: "Search legal topics" });
  const items = TOPICS.map(([name, about]) => ({
    text: `${name} ${about}`,
    element: h("li", {}, h("strong", {}, name), h("span", { class: "muted small" }, about)),
  }));
  const list = filteredList("Topics", items, search.control, "No topic fits.");
  main.append(pageHeading("Legal Search"), h("div", { class: "card" }, search.element, list));
}
