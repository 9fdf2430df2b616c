// A list that a search field narrows as one types.
import { h } from "./dom.js";

/** A list named `name` of `{text, element}`; only those whose text holds what `box` holds are shown. */
export function filteredList(name, items, box, emptyText) {
  const empty = h("p", { class: "muted" }, emptyText);
  const apply = () => {
    const wanted = box.value.trim().toLowerCase();
    for (const { text, element } of items) element.hidden = !text.toLowerCase().includes(wanted);
    empty.hidden = items.some(({ element }) => !element.hidden);
  };
  box.addEventListener("input", apply);
  apply();
  return h("div", {}, h("ul", { "aria-label": name, class: "link-list" }, items.map(({ element }) => element)), empty);
}
