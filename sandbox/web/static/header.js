// The banner: brand, main navigation, and the person's menu.
import { signOut } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { isAdmin } from "./session.js";

const LINKS = [
  { name: "Home", href: "/" },
  { name: "Documents", href: "/documents" },
  { name: "Chat", href: "/chat" },
];
const ADMIN_LINK = { name: "Administration", href: "/admin" };

let shownFor;

/** Shows the header of a person (null: nobody) and marks where they are. */
export function showHeader(person) {
  const name = person?.email ?? "";
  if (name !== shownFor) document.getElementById("header").replaceChildren(...parts(person));
  shownFor = name;
  markPlace();
}

function parts(person) {
  const brand = h("a", { href: "/", class: "brand" }, icon("brand"), "Qumis");
  return person ? [brand, navigation(person), personMenu(person)] : [brand];
}

function navigation(person) {
  const links = isAdmin(person) ? [...LINKS, ADMIN_LINK] : LINKS;
  const items = links.map(({ name, href }) => h("li", {}, h("a", { href }, name)));
  return h("nav", { "aria-label": "Main", class: "main-nav" }, h("ul", {}, items));
}

function markPlace() {
  for (const link of document.querySelectorAll(".main-nav a")) {
    const here = link.pathname === "/" ? location.pathname === "/" : location.pathname.startsWith(link.pathname);
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function personMenu(person) {
  const item = h("button", { type: "button", role: "menuitem", onClick: signOut }, icon("exit"), "Sign out");
  const menu = h("div", { role: "menu", id: "person-menu", "aria-label": person.name, hidden: true }, item);
  const opens = { "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": menu.id };
  const button = h(
    "button",
    { type: "button", class: "person", ...opens },
    h("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name)),
    h("span", { class: "person-name" }, person.name),
  );
  const element = h("div", { class: "person-menu" }, button, menu);
  openAndClose(element, button, menu);
  return element;
}

function initials(name) {
  return name.split(" ").map((word) => word[0]).join("").slice(0, 2);
}

function openAndClose(element, button, menu) {
  const set = (open) => {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("[role=menuitem]").focus();
  };
  button.addEventListener("click", () => set(menu.hidden));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    set(false);
    button.focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.hidden && !element.contains(event.target)) set(false);
  });
}
