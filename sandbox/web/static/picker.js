// A group of checkboxes to choose documents with; documents that become ready are added to it.
import { call, poll } from "./api.js";
import { field, h, whileLoading } from "./dom.js";

/** A group named `legend`; `watch` runs it, `chosen` tells the ids that are ticked, in the order shown. */
export function documentPicker(legend, { signal, changed = () => {} }) {
  const known = new Map();
  const list = h("div", { class: "choices" });
  const empty = h("p", { class: "muted", hidden: true }, "No documents are ready yet. Upload one in Documents.");
  const filter = field("Filter documents", { type: "search", hideLabel: true, placeholder: "Filter documents" });
  const element = h("fieldset", { class: "picker", onChange: changed }, h("legend", {}, legend), filter.element, list, empty);
  filter.control.addEventListener("input", applyFilter);

  function applyFilter() {
    const wanted = filter.control.value.trim().toLowerCase();
    for (const { row, name } of known.values()) row.hidden = !name.toLowerCase().includes(wanted);
  }

  function add(document) {
    const box = h("input", { type: "checkbox", id: `choice-${document.id}`, value: document.id });
    const row = h("div", { class: "choice" }, box, h("label", { for: box.id }, document.name), h("span", { class: "badge" }, document.type));
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
    for (const [id, { box }] of known) {
      box.checked = ids.includes(id);
      box.disabled = true;
    }
  }

  const chosen = () => [...known].filter(([, { box }]) => box.checked).map(([id]) => id);
  return { element, watch, chosen, fix };
}
