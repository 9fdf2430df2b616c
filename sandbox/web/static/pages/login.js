// Where people without a session arrive; signing in itself happens at the identity provider.
import { config } from "../config.js";
import { h, pageHeading } from "../dom.js";
import { icon } from "../icons.js";

export default function login({ main, query }) {
  const returnTo = innerPath(query.get("return_to"));
  const href = `${config.api}/auth/start?return_to=${encodeURIComponent(returnTo)}`;
  main.append(
    h(
      "div",
      { class: "card login" },
      h("span", { class: "login-mark" }, icon("brand")),
      pageHeading("Sign in to Qumis"),
      h("p", { class: "muted" }, "Your policies, read and compared in minutes."),
      h("a", { class: "button primary", href }, "Continue with SSO"),
      h("p", { class: "muted small" }, "You will be taken to your organisation's sign-in page."),
    ),
  );
}

// Only a path of this application: anything else would send people to a stranger's page.
function innerPath(path) {
  return path && /^\/(?![/\\])/.test(path) ? path : "/";
}
