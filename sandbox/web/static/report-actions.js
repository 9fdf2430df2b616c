// What one may do with a finished report.
import { apiUrl, call } from "./api.js";
import { ask } from "./dialog.js";
import { h, toast } from "./dom.js";

const PDF = [["Download PDF", "pdf"]];
const TABLES = [
  ["Export Excel", "xlsx"],
  ["Export CSV", "csv"],
];

/** The links and buttons of a report: exports, saving, sharing, asking. */
export function reportActions(view, report, chat) {
  const exports = report.kind === "checklist" ? [...PDF, ...TABLES] : PDF;
  const asking = { type: "button", class: "primary", "aria-expanded": "false", onClick: chat.toggle };
  return h(
    "div",
    { class: "actions" },
    exports.map((choice) => exportLink(report, choice)),
    saveButton(view, report),
    h("button", { type: "button", onClick: () => share(report) }, "Share"),
    h("button", asking, "Ask about this report"),
  );
}

function exportLink(report, [label, suffix]) {
  return h("a", { class: "button", download: true, href: apiUrl(`reports/${report.id}/export.${suffix}`) }, label);
}

function saveButton({ handle }, report) {
  const save = handle(async () => {
    await call(`reports/${report.id}/save`, { method: "POST" });
    button.textContent = "Saved";
  });
  const button = h("button", { type: "button", onClick: save }, report.saved ? "Saved" : "Save");
  return button;
}

function share(report) {
  ask({
    title: "Share report",
    label: "Email",
    type: "email",
    action: "Send",
    act: async (email) => {
      await call(`reports/${report.id}/share`, { method: "POST", json: { email } });
      toast(`Sent to ${email}`);
    },
  });
}
