// A group of checkboxes to choose documents with; documents that become ready are added to it.
import { call, poll } from "./api.js";
import { field, h, whileLoading } from "./dom.js";

/**
 * A group named `legend`; `watch` fills it, `chosen` tells the ids that are ticked, in the order of
 * ticking, and `fix` ticks some of them for good.
 */
export function documentPicker(legend, { signal }) {
  const known = new Map();
  const ticked = new Set();
  const list = h("div", { class: "choices" });
  const empty = h("p", { class: "muted", hidden: true }, "No documents are ready yet. Upload one in Documents.");
  const filter = field("Filter documents", { type: "search", hideLabel: true, placeholder: "Filter documents" });
  const element = h("fieldset", { class: "picker" }, h("legend", {}, legend), filter.element, list, empty);
  filter.control.addEventListener("input", applyFilter);

  function applyFilter() {
    const wanted = filter.control.value.trim().toLowerCase();
    for (const { row, name } of known.values()) row.hidden = !name.toLowerCase().includes(wanted);
  }

  function add(document) {
    const tick = () => (box.checked ? ticked.add(document.id) : ticked.delete(document.id));
    const box = h("input", { type: "checkbox", id: `choice-${document.id}`, value: document.id, onInput: tick });
    const label = h("label", { for: box.id }, document.name);
    const row = h("div", { class: "choice" }, box, label, h("span", { class: "badge" }, document.type));
    known.set(document.id, { box, row, name: document.name });
    list.append(row);
  }

  async function refresh() {
    const { documents } = await call("documents", { signal });
    const ready = documents.filter((document) => document.status === "Ready");
    ready.filter((document) => !known.has(document.id)).forEach(add);
    empty.hidden = known.size > 0;
    applyFilter();
    return !documents.some((document) => document.status === "Processing");
  }

  async function watch() {
    const settled = await whileLoading(element, refresh());
    if (!settled) await poll(refresh, signal);
  }

  function fix(ids) {
    for (const [id, { box }] of known) box.checked = ids.includes(id);
    element.disabled = true;
  }

  return { element, watch, fix, chosen: () => [...ticked] };
}
