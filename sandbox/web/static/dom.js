// Building elements, and the few page parts that every page has.

const HANDLER = /^on[A-Z]/;

/** An element; `onClick` adds a listener, `true` sets an empty attribute, null and false leave it out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...present(children));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (HANDLER.test(name)) element.addEventListener(name.slice(2).toLowerCase(), value);
  else element.setAttribute(name, value === true ? "" : value);
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

let lastId = 0;

/** An id that no other element of the page has. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** The page's own heading; it names the document, too. */
export function pageHeading(text) {
  setTitle(text);
  return h("h1", { tabindex: "-1" }, text);
}

export function setTitle(text) {
  document.title = `${text} · Qumis`;
}

/** A named region with a heading of that name. */
export function region(name, attributes = {}, ...children) {
  const id = freshId("region");
  return h("section", { "aria-labelledby": id, class: "card", ...attributes }, h("h2", { id }, name), ...children);
}

/** Shows "Loading…" in a container until the promise has settled. */
export async function whileLoading(container, promise) {
  const status = h("p", { role: "status", class: "loading" }, "Loading…");
  container.append(status);
  try {
    return await promise;
  } finally {
    status.remove();
  }
}

/** A labelled text field: `type` is that of an input, or "textarea". */
export function field(label, { type = "text", id = freshId("field"), hideLabel = false, ...attributes } = {}) {
  const several = type === "textarea";
  const control = h(several ? "textarea" : "input", { id, ...(several ? { rows: 3 } : { type }), ...attributes });
  const caption = h("label", { for: id, class: hideLabel ? "visually-hidden" : null }, label);
  return { control, element: h("div", { class: "field" }, caption, control) };
}

/** A short message in the live region; it goes away by itself. */
export function toast(text) {
  const message = h("p", { class: "toast" }, text);
  document.getElementById("toasts").append(message);
  setTimeout(() => message.remove(), 6000);
}

/** A message about something that went wrong, announced at once. */
export function alertBox(text) {
  return h("p", { role: "alert", class: "alert" }, text);
}

/** A table with a caption; `rows` are rows of cells, each a string or nodes. */
export function table(caption, columns, rows = []) {
  const header = h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)));
  const body = h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))));
  const element = h("table", {}, h("caption", { class: "visually-hidden" }, caption), h("thead", {}, header), body);
  return { element: h("div", { class: "table-scroll" }, element), body };
}
