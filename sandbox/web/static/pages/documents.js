// The vaults: what is stored, and what one may do with it.
import { call, poll } from "../api.js";
import { alertBox, field, h, pageHeading, table, toast, whileLoading } from "../dom.js";
import { icon } from "../icons.js";
import { mayWrite } from "../session.js";
import { tabs } from "../tabs.js";
import { rowActions } from "../vault-actions.js";
import { rowOf } from "../vault-row.js";

const VAULTS = [
  { key: "my", label: "My Vault" },
  { key: "shared", label: "Shared Vault" },
  { key: "trash", label: "Trash" },
];
const COLUMNS = ["Name", "Tags", "Carrier", "Status", "Uploaded", "Actions"];

export default async function documents(view) {
  const panel = h("div", { class: "card" });
  const problems = h("div", {});
  const vault = { key: vaultIn(view.query) };
  const listing = vaultListing(view, panel, vault);
  const upload = uploadField(view, problems, vault, listing);
  const bar = tabs("Vaults", VAULTS, panel, view.handle(choose));

  function place() {
    bar.select(vault.key);
    upload.hidden = vault.key === "trash" || !mayWrite(view.me);
    problems.replaceChildren();
  }

  async function choose(key) {
    vault.key = key;
    view.rename(`/documents?vault=${key}`);
    place();
    await listing.start();
  }

  place();
  view.main.append(h("div", { class: "title-row" }, pageHeading("Documents"), upload), bar.element, problems, panel);
  await listing.start();
}

function vaultIn(query) {
  const asked = query.get("vault");
  return VAULTS.some(({ key }) => key === asked) ? asked : "my";
}

function uploadField({ handle }, problems, vault, listing) {
  const kind = { type: "file", accept: "application/pdf,.pdf", multiple: true };
  const input = h("input", { ...kind, id: "upload", class: "visually-hidden" });
  const label = h("label", { for: "upload", class: "button primary" }, icon("upload"), "Upload PDF");
  input.addEventListener("change", handle(uploadAll));

  async function uploadAll() {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    problems.replaceChildren();
    for (const file of files) await upload(file, vault.key);
    await listing.reload();
  }

  async function upload(file, key) {
    const body = new FormData();
    body.append("file", file);
    body.append("vault", key);
    try {
      const made = await call("documents", { method: "POST", body });
      toast(`Uploaded ${made.name}`);
    } catch (error) {
      problems.append(alertBox(error.message));
    }
  }

  return h("div", { class: "upload" }, input, label);
}

function vaultListing({ signal, me, handle }, panel, vault) {
  const placeholder = "Search by name, tag or carrier";
  const search = field("Search the vault", { type: "search", hideLabel: true, placeholder });
  const grid = table("Documents", COLUMNS);
  const empty = h("p", { class: "muted", hidden: true }, "No documents here.");
  const rows = new Map();
  let turn = 0;
  panel.append(search.element, grid.element, empty);

  const path = () => `documents?vault=${vault.key}&q=${encodeURIComponent(search.control.value.trim())}`;
  const actions = rowActions({ writable: mayWrite(me), reload: () => reload(), handle });

  async function refresh() {
    const mine = turn;
    const { documents: found } = await call(path(), { signal });
    if (mine !== turn) return true; // asked again meanwhile: that answer is the one that counts
    reconcile(grid.body, rows, found, actions);
    empty.hidden = found.length > 0;
    return !found.some((document) => document.status === "Processing");
  }

  async function reload() {
    turn += 1;
    const mine = turn;
    const settled = await refresh();
    if (!settled) handle(() => poll(async () => mine !== turn || refresh(), signal))();
  }

  // Another vault's documents must not be seen under this one's tab, however briefly.
  async function start() {
    rows.clear();
    grid.body.replaceChildren();
    empty.hidden = true;
    await whileLoading(panel, reload());
  }

  search.control.addEventListener("input", handle(reload));
  return { start, reload };
}

// Rows stay the same elements as long as their document is listed, so that nothing moves under a click.
function reconcile(body, rows, found, actions) {
  const ids = new Set(found.map((document) => document.id));
  for (const [id, row] of rows) {
    if (ids.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  found.forEach((document, index) => {
    if (!rows.has(document.id)) rows.set(document.id, rowOf(document, actions));
    const row = rows.get(document.id);
    row.update(document);
    if (body.children[index] !== row.element) body.insertBefore(row.element, body.children[index] ?? null);
  });
}
