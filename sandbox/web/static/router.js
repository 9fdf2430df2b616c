// Shows the page of the present address, and takes inner links without a full load.
import { ApiError, leaveForLogin } from "./api.js";
import { alertBox, h, pageHeading, whileLoading } from "./dom.js";
import { showHeader } from "./header.js";
import { routeOf } from "./routes.js";
import { mayEnter, whoAmI } from "./session.js";

let leaving = new AbortController();
let shown = "";

const address = () => location.pathname + location.search;

/** Goes to an inner address; `state` is for the page there, in `history.state`. */
export function navigate(path, state = {}) {
  history.pushState(state, "", path);
  return show({ moved: true });
}

/** Names the present page's new address without showing it afresh. */
export function rename(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"]({}, "", path);
  shown = address();
}

export function start() {
  document.addEventListener("click", followInnerLink);
  window.addEventListener("popstate", () => {
    if (address() !== shown) show({ moved: true }); // a mere #fragment is the browser's business
  });
  return show({ moved: false });
}

async function show({ moved }) {
  leaving.abort();
  leaving = new AbortController();
  shown = address();
  const view = freshView(leaving.signal);
  try {
    await fill(view, moved);
  } catch (error) {
    if (!view.signal.aborted) report(view.main, error);
  }
}

function freshView(signal) {
  const old = document.getElementById("main");
  const main = h("main", { id: "main", class: "site-main" });
  old.replaceWith(main);
  const query = new URLSearchParams(location.search);
  return { main, signal, query, navigate, rename, handle: handlerOf(main, signal) };
}

// Makes a listener of an async function: what it throws is shown on the page that it belongs to.
function handlerOf(main, signal) {
  return (action) => async (event) => {
    try {
      await action(event);
    } catch (error) {
      if (!signal.aborted) report(main, error);
    }
  };
}

async function fill(view, moved) {
  const { route, params } = routeOf(location.pathname);
  if (!mayEnter(route)) return leaveForLogin();
  const [page, me] = await whileLoading(view.main, Promise.all([route.load(), route.open ? null : whoAmI()]));
  if (view.signal.aborted) return;
  showHeader(me);
  const rendered = page.default({ ...view, me, params });
  if (moved) arrive(view.main);
  await rendered;
}

function arrive(main) {
  window.scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function report(main, error) {
  if (!(error instanceof ApiError)) console.error(error);
  if (error.status === 404) main.replaceChildren(pageHeading("Page not found"), h("p", {}, error.message));
  else main.append(alertBox(error.message));
}

function followInnerLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || wantsBrowser(event, link)) return;
  const sameDocument = link.pathname + link.search === address() && link.hash;
  if (sameDocument) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}

function wantsBrowser(event, link) {
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
  return modified || link.target || link.hasAttribute("download") || link.origin !== location.origin;
}
