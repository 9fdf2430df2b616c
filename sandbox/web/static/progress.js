// How far a report has come: a bar, the phases, and the status in words.
import { h } from "./dom.js";

/** The progress of a report; `update` shows a newer state in the same elements. */
export function progressOf(report) {
  const fill = h("div", { class: "bar-fill" });
  const range = { "aria-valuemin": 0, "aria-valuemax": 100 };
  const bar = h("div", { role: "progressbar", "aria-label": "Report progress", class: "bar", ...range }, fill);
  const phases = report.phases.map(({ name }) => h("li", {}, name));
  const status = h("p", { role: "status" });

  function update(latest) {
    bar.setAttribute("aria-valuenow", String(Math.round(latest.progress)));
    fill.style.width = `${latest.progress}%`;
    status.textContent = `Status: ${latest.status}`;
    latest.phases.forEach((phase, index) => showPhase(phases[index], phase));
  }

  update(report);
  const list = h("ol", { "aria-label": "Phases", class: "phases" }, phases);
  return { element: h("div", { class: "card" }, status, bar, list), update };
}

function showPhase(item, { status }) {
  item.dataset.state = status;
  if (status === "running") item.setAttribute("aria-current", "step");
  else item.removeAttribute("aria-current");
}
