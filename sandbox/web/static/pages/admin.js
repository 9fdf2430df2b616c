// Administration: people and jobs, for admins alone.
import { call } from "../api.js";
import { h, pageHeading, region, table, toast, whileLoading } from "../dom.js";
import { isAdmin } from "../session.js";

export default async function admin(view) {
  if (!isAdmin(view.me)) return refuse(view);
  view.main.append(pageHeading("Administration"));
  const asked = Promise.all(["admin/users", "admin/jobs"].map((path) => call(path, { signal: view.signal })));
  const [{ users }, { jobs }] = await whileLoading(view.main, asked);
  view.main.append(usersTable(users), jobsTable(view, jobs));
}

function refuse({ main }) {
  main.append(pageHeading("Not allowed"), h("p", {}, "This page is for administrators."));
}

function usersTable(users) {
  const rows = users.map(({ name, email, role, organisation }) => [name, email, role, organisation]);
  return region("Users", {}, table("Users", ["Name", "Email", "Role", "Organisation"], rows).element);
}

function jobsTable(view, jobs) {
  const rows = jobs.map((job) => [job.kind, job.status, String(job.attempts), job.error ?? "", retryButton(view, job)]);
  return region("Jobs", {}, table("Jobs", ["Kind", "Status", "Attempts", "Error", "Actions"], rows).element);
}

function retryButton({ handle }, job) {
  const retry = handle(async () => {
    await call(`admin/jobs/${job.id}/retry`, { method: "POST" });
    toast("Queued again");
  });
  return h("button", { type: "button", class: "small", onClick: retry }, "Retry");
}
