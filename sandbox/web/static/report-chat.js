// The chat beside a report; its answers link to the report's sections.
import { conversation } from "./conversation.js";
import { h } from "./dom.js";

/** The complementary region of a report's chat, closed at first; `toggle` opens and closes it. */
export function reportChat(view, report) {
  const talk = conversation(view, {
    logName: "Messages",
    label: "Ask about this report",
    begin: () => ({ report_id: report.id }),
  });
  const heading = h("h2", { id: "report-chat" }, "Report chat");
  const closed = { "aria-labelledby": heading.id, class: "card report-chat", hidden: true };
  const element = h("aside", closed, heading, talk.log, talk.form);

  function toggle(event) {
    element.hidden = !element.hidden;
    event.currentTarget.setAttribute("aria-expanded", String(!element.hidden));
    if (!element.hidden) talk.focus();
  }

  return { element, toggle };
}
