// The document viewer: each page's image with its text beneath.
import { apiUrl, call, poll } from "../api.js";
import { alertBox, h, pageHeading, region, whileLoading } from "../dom.js";

export default async function viewer({ main, params, signal }) {
  const path = `documents/${encodeURIComponent(params.id)}`;
  const document = await whileLoading(main, call(path, { signal }));
  const pages = h("div", { class: "doc-pages" });
  main.append(
    h("p", {}, h("a", { href: backTo(document) }, "Back to documents")),
    h("div", { class: "title-row" }, pageHeading(document.name), downloadLink(path)),
    facts(document),
    region("Document viewer", {}, pages),
  );
  const ready = await whileLoading(pages, whenReady(path, document, signal));
  if (signal.aborted) return;
  if (ready.status === "Failed") pages.append(alertBox("This document could not be read."));
  else await showPages(pages, path, document, signal);
}

const backTo = ({ vault, trashed }) => `/documents?vault=${trashed ? "trash" : vault}`;

function downloadLink(path) {
  return h("a", { class: "button", href: apiUrl(`${path}/content`), download: true }, "Download");
}

function facts({ type, carrier, policy_number: number, status }) {
  const known = [type, carrier, number, status === "Ready" ? null : status].filter(Boolean);
  return h("p", { class: "muted" }, known.join(" · "));
}

async function whenReady(path, document, signal) {
  let latest = document;
  await poll(async () => {
    if (latest.status === "Processing") latest = await call(path, { signal });
    return latest.status !== "Processing";
  }, signal);
  return latest;
}

async function showPages(container, path, document, signal) {
  const { pages } = await whileLoading(container, call(`${path}/pages`, { signal }));
  container.append(...pages.map((page) => figureOf(page, path, document)));
  window.document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function figureOf({ number, text }, path, document) {
  return h(
    "figure",
    { "aria-label": `Page ${number}`, id: `page-${number}` },
    h("img", { src: apiUrl(`${path}/pages/${number}.png`), alt: `Image of page ${number} of ${document.name}` }),
    h("div", { class: "page-text" }, text),
  );
}
