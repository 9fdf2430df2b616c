// The sections of a finished report, by the kind of their content.
import { h, region, table } from "./dom.js";

const CONTENT = { facts, list, table: grid, chart, links };

/** The region of one section, named by its title. */
export function sectionOf(section) {
  return region(section.title, { id: section.id }, CONTENT[section.kind](section));
}

function facts({ rows }) {
  const pairs = rows.map(({ term, value }) => h("div", {}, h("dt", {}, term), h("dd", {}, value)));
  return h("dl", { class: "facts" }, pairs);
}

function list({ items }) {
  return h("ul", {}, items.map((item) => h("li", {}, item)));
}

function grid({ title, columns, rows }) {
  return table(title, columns, rows.map((cells) => cells.map(cellContent))).element;
}

const cellContent = ({ text, mark }) => (mark ? h("mark", {}, text) : text);

function links({ items }) {
  const files = items.map(({ text, href }) => h("li", {}, h("a", { href, download: true }, text)));
  return h("ul", { class: "link-list" }, files);
}

function chart({ bars }) {
  const chosen = h("p", { role: "status", class: "chart-choice" });
  const greatest = Math.max(...bars.map(({ value }) => value), 1);
  const items = bars.map((bar) => h("li", {}, chartBar(bar, bar.value / greatest, chosen)));
  return [h("ul", { class: "chart" }, items), chosen];
}

function chartBar({ label, text }, share, chosen) {
  const show = () => {
    chosen.textContent = `${label}: ${text}`;
  };
  const fill = h("span", { class: "chart-fill", style: `width: ${Math.max(2, share * 100)}%`, "aria-hidden": "true" });
  return h("button", { type: "button", class: "chart-bar", onClick: show }, h("span", {}, label), fill);
}
