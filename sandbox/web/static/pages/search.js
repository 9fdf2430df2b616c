// Search results of the full-text index.
import { call } from "../api.js";
import { h, pageHeading, whileLoading } from "../dom.js";
import { icon } from "../icons.js";

const PER_PAGE = 10;
const TYPES = ["All", "Policy", "Binder", "Contract"];

export default async function search({ main, query, signal, navigate }) {
  const asked = askedOf(query);
  main.append(pageHeading("Search results"), searchForm(asked, navigate));
  const path = `search?${parametersOf(asked)}&per_page=${PER_PAGE}`;
  const { found, hits } = await whileLoading(main, call(path, { signal }));
  main.append(
    h("p", { class: "muted", role: "status" }, `${found} results`),
    h("ul", { "aria-label": "Results", class: "results" }, hits.map((hit) => result(hit, asked.q))),
    pagination(asked, Math.max(1, Math.ceil(found / PER_PAGE))),
  );
}

function askedOf(query) {
  const page = Math.max(1, Number.parseInt(query.get("page"), 10) || 1);
  const [q, type, vault] = ["q", "type", "vault"].map((name) => query.get(name) ?? "");
  return { q, type, vault, page };
}

function parametersOf({ q, type, page, vault }) {
  const given = Object.entries({ q, type, vault, page }).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
}

const addressOf = (asked) => `/search?${parametersOf(asked)}`;

function searchForm(asked, navigate) {
  const box = h("input", { type: "search", "aria-label": "Search your documents", value: asked.q, required: true });
  const options = TYPES.map((name) => typeOption(name, asked.type));
  const choose = h("select", { id: "type", onChange: () => again() }, options);
  const again = () => navigate(addressOf({ ...asked, page: 1, q: box.value.trim(), type: choose.value }));
  const submit = (event) => {
    event.preventDefault();
    again();
  };
  return h(
    "form",
    { role: "search", class: "search-form", onSubmit: submit },
    box,
    h("span", { class: "filter" }, h("label", { for: "type" }, "Type"), choose),
    h("button", { type: "submit", class: "primary" }, "Search"),
  );
}

function typeOption(name, chosen) {
  const value = name === "All" ? "" : name;
  return h("option", { value, selected: value === chosen }, name);
}

function result({ document_id: id, name, type, snippet }, q) {
  const title = [h("a", { href: `/documents/${id}` }, name), " ", h("span", { class: "badge" }, type)];
  const text = h("p", { class: "snippet" }, highlighted(snippet, q));
  return h("li", { class: "card" }, h("span", { class: "tile-icon" }, icon("file")), h("div", {}, title, text));
}

// The snippet with the words that were asked for marked in it.
function highlighted(snippet, q) {
  const words = q.split(/\s+/).filter(Boolean).map((word) => word.replace(/[^\p{L}\p{N}]/gu, "\\$&"));
  if (words.length === 0) return snippet;
  const parts = snippet.split(new RegExp(`(${words.join("|")})`, "gi"));
  return parts.map((part, index) => (index % 2 ? h("mark", {}, part) : part));
}

function pagination(asked, pages) {
  return h(
    "nav",
    { "aria-label": "Pagination", class: "pagination" },
    pageLink("Previous", asked, asked.page - 1, pages),
    h("span", {}, `Page ${asked.page} of ${pages}`),
    pageLink("Next", asked, asked.page + 1, pages),
  );
}

function pageLink(label, asked, page, pages) {
  if (page < 1 || page > pages) return h("a", { role: "link", class: "button", "aria-disabled": "true" }, label);
  return h("a", { class: "button", href: addressOf({ ...asked, page }) }, label);
}
