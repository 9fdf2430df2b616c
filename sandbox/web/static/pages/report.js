// One report: its progress while it is made, and its content when it is done.
import { call, pause, poll } from "../api.js";
import { alertBox, h, pageHeading, whileLoading } from "../dom.js";
import { progressOf } from "../progress.js";
import { reportActions } from "../report-actions.js";
import { reportChat } from "../report-chat.js";
import { sectionOf } from "../sections.js";

// Whoever ordered a report sees its progress at least this long (milliseconds), however fast it is made.
const PROGRESS_SHOWN = 500;

export default async function report(view) {
  const path = `reports/${encodeURIComponent(view.params.id)}`;
  const first = await whileLoading(view.main, call(path, { signal: view.signal }));
  const ordered = Boolean(history.state?.ordered);
  history.replaceState({}, ""); // a reload has nothing to watch any more
  const latest = isOver(first) && !ordered ? first : await watch(view, path, first);
  if (view.signal.aborted) return;
  view.main.replaceChildren();
  if (latest.status === "Failed") showFailure(view, latest);
  else showReport(view, latest);
}

const isOver = ({ status }) => status === "Complete" || status === "Failed";

async function watch({ main, signal }, path, first) {
  const progress = progressOf(working(first));
  main.append(pageHeading("Preparing your report"), progress.element);
  const shown = pause(PROGRESS_SHOWN);
  let latest = first;
  await poll(async () => {
    if (!isOver(latest)) latest = await call(path, { signal });
    progress.update(working(latest));
    return isOver(latest);
  }, signal);
  await shown;
  return latest;
}

// It says Complete or Failed only when the report itself is there to be read.
const working = (report) => (isOver(report) ? { ...report, status: "Processing" } : report);

function showFailure({ main }, { title, error }) {
  main.append(pageHeading(title), statusLine("Failed"), alertBox(error || "This report could not be made."));
}

const statusLine = (status) => h("p", { class: "muted" }, `Status: ${status}`);

function showReport(view, latest) {
  const chat = reportChat(view, latest);
  const title = h("div", {}, pageHeading(latest.title), statusLine(latest.status));
  view.main.append(
    h("div", { class: "title-row" }, title, reportActions(view, latest, chat)),
    h("div", { class: "report-layout" }, h("div", { class: "report" }, latest.sections.map(sectionOf)), chat.element),
  );
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}
