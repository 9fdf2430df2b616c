// Which path shows which page. `open` pages need no session.
const generate = () => import("./pages/generate.js");

export const routes = [
  { path: /^\/$/, load: () => import("./pages/home.js") },
  { path: /^\/login$/, load: () => import("./pages/login.js"), open: true },
  { path: /^\/documents$/, load: () => import("./pages/documents.js") },
  { path: /^\/documents\/(?<id>[^/]+)$/, load: () => import("./pages/viewer.js") },
  { path: /^\/search$/, load: () => import("./pages/search.js") },
  { path: /^\/(?<form>single-policy-analysis)$/, load: generate },
  { path: /^\/(?<form>policy-comparison)$/, load: generate },
  { path: /^\/(?<form>claim-coverage)$/, load: generate },
  { path: /^\/(?<form>coverage-checklist)$/, load: generate },
  { path: /^\/(?<form>custom-reporting)$/, load: generate },
  { path: /^\/reports\/(?<id>[^/]+)$/, load: () => import("./pages/report.js") },
  { path: /^\/chat$/, load: () => import("./pages/chat.js") },
  { path: /^\/chat\/(?<id>[^/]+)$/, load: () => import("./pages/chat.js") },
  { path: /^\/contracts$/, load: () => import("./pages/contracts.js") },
  { path: /^\/legal-search$/, load: () => import("./pages/legal-search.js") },
  { path: /^\/admin$/, load: () => import("./pages/admin.js") },
];

const missing = { load: () => import("./pages/not-found.js") };

/** The route of a path, and what its pattern caught. */
export function routeOf(pathname) {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match) return { route, params: { ...match.groups } };
  }
  return { route: missing, params: {} };
}
