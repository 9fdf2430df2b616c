// What an unknown path shows.
import { h, pageHeading } from "../dom.js";

export default function notFound({ main }) {
  main.append(
    pageHeading("Page not found"),
    h("p", {}, "There is no page at this address."),
    h("p", {}, h("a", { href: "/" }, "Back to the home page")),
  );
}
