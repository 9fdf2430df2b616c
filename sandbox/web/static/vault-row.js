// One row of the vault's table, which changes only what has changed.
import { h } from "./dom.js";

/** The row of a document; `update` shows its newer state in the same elements. */
export function rowOf(first, actions) {
  let latest = first;
  let trashed = null;
  const link = h("a", { href: `/documents/${first.id}` });
  const [tags, carrier, uploaded] = [h("td"), h("td"), h("td")];
  const buttons = h("td", { class: "row-actions" });
  const badge = h("span", { class: "badge" });
  const status = h("td", {}, badge);
  const element = h("tr", {}, h("td", { class: "doc-name" }, link), tags, carrier, status, uploaded, buttons);

  function update(document) {
    latest = document;
    setText(link, document.name);
    setText(carrier, document.carrier ?? "—");
    setText(badge, document.status);
    badge.dataset.state = document.status.toLowerCase();
    setText(uploaded, shortDate(document.uploaded_at));
    showTags(tags, document.tags);
    if (trashed !== document.trashed) buttons.replaceChildren(...actions(() => latest, document.trashed));
    trashed = document.trashed;
  }

  return { element, update };
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showTags(cell, tags) {
  if (cell.dataset.tags === tags.join("\n")) return;
  cell.dataset.tags = tags.join("\n");
  cell.replaceChildren(...tags.map((tag) => h("span", { class: "tag" }, tag)));
}

function shortDate(timestamp) {
  return new Date(timestamp).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}
