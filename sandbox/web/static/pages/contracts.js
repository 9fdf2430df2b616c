// Contracts: the documents of that type.
import { call } from "../api.js";
import { field, h, pageHeading, whileLoading } from "../dom.js";
import { filteredList } from "../filtered-list.js";

export default async function contracts({ main, signal }) {
  const search = field("Search contracts", { type: "search", hideLabel: true, placeholder: "Search contracts" });
  const card = h("div", { class: "card" }, search.element);
  const about = h("p", { class: "muted" }, "Agreements in your vaults, with the insurance that they ask for.");
  main.append(pageHeading("Contracts"), about, card);
  const { documents } = await whileLoading(card, call("documents", { signal }));
  const found = documents.filter(({ type }) => type === "Contract");
  card.append(filteredList("Contracts", found.map(contractItem), search.control, "No contracts here."));
}

function contractItem({ id, name, carrier }) {
  const link = h("a", { href: `/documents/${id}` }, name);
  return { text: name, element: h("li", {}, link, h("span", { class: "muted small" }, carrier ?? "")) };
}
