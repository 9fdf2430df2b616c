// The signed-in home page: search, the tools, and what was made lately.
import { call } from "../api.js";
import { h, pageHeading, region, whileLoading } from "../dom.js";
import { icon } from "../icons.js";
import { tools } from "../tools.js";

export default function home(view) {
  view.main.append(
    h(
      "div",
      { class: "hero" },
      pageHeading(`Welcome back, ${view.me.first_name}`),
      h("p", { class: "muted" }, `${view.me.organisation} · What would you like to know about your coverage?`),
      searchForm(view),
    ),
    toolTiles(),
  );
  return recent(view);
}

function searchForm({ navigate }) {
  const name = "Search your documents";
  const box = h("input", { type: "search", name: "q", "aria-label": name, placeholder: name, required: true });
  const search = (event) => {
    event.preventDefault();
    navigate(`/search?q=${encodeURIComponent(box.value.trim())}`);
  };
  const button = h("button", { type: "submit", class: "primary" }, "Search");
  return h("form", { role: "search", class: "search-form", onSubmit: search }, box, button);
}

function toolTiles() {
  return h(
    "section",
    { class: "tools-section" },
    h("h2", { id: "tools-heading" }, "Tools"),
    h("ul", { class: "tools", "aria-labelledby": "tools-heading" }, tools.map(tile)),
  );
}

function tile({ name, href, about, symbol }) {
  const [nameId, aboutId] = [`tool-${symbol}`, `about-${symbol}`];
  return h(
    "li",
    {},
    h(
      "a",
      { href, class: "tile", "aria-labelledby": nameId, "aria-describedby": aboutId },
      h("span", { class: "tile-icon" }, icon(symbol)),
      h("span", { id: nameId, class: "tile-name" }, name),
      h("span", { id: aboutId, class: "muted small" }, about),
    ),
  );
}

function recent({ main, signal, handle }) {
  const list = h("ul", { class: "link-list" });
  const empty = h("p", { class: "muted", hidden: true }, "Nothing here yet.");
  const body = h("div", {}, empty, list);
  const buttons = ["reports", "chats"].map((kind) => toggle(kind, handle(() => choose(kind))));
  main.append(region("Recent", {}, h("div", { class: "toggles" }, buttons.map((button) => button.element)), body));
  let asked = 0;

  async function choose(kind) {
    for (const button of buttons) button.press(button.kind === kind);
    const turn = (asked += 1);
    const { items } = await whileLoading(body, call(`recent?kind=${kind}`, { signal }));
    if (turn !== asked) return; // another toggle was pressed meanwhile
    list.replaceChildren(...items.map(recentItem));
    empty.hidden = items.length > 0;
  }

  return choose("reports");
}

function toggle(kind, onClick) {
  const label = kind === "reports" ? "Reports" : "Chats";
  const element = h("button", { type: "button", class: "toggle", "aria-pressed": "false", onClick }, label);
  return { kind, element, press: (on) => element.setAttribute("aria-pressed", String(on)) };
}

function recentItem({ title, path, created_at: createdAt }) {
  const when = h("time", { class: "muted small", datetime: createdAt }, moment(createdAt));
  return h("li", {}, h("a", { href: path }, title), when);
}

function moment(timestamp) {
  const style = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Date(timestamp).toLocaleString(undefined, style);
}
