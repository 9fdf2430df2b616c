// Calls to the API's origin, with the session cookie.
import { config } from "./config.js";

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const REFUSALS = { 403: "You are not allowed to do that.", 404: "That does not exist (any more)." };

/** The absolute URL of an API path (`documents/7`). */
export function apiUrl(path) {
  return `${config.api}/api/v1/${path}`;
}

/** Leads to the login page, which leads back here afterwards. */
export function leaveForLogin() {
  const here = location.pathname + location.search;
  location.replace(here === "/" ? "/login" : `/login?return_to=${encodeURIComponent(here)}`);
  return new Promise(() => {}); // the page is going away: nothing after this may run
}

/** A successful response of the API; ApiError when it refused or could not be reached. */
export async function request(path, { method = "GET", json, body, signal } = {}) {
  const headers = json === undefined ? {} : { "Content-Type": "application/json" };
  const payload = json === undefined ? body : JSON.stringify(json);
  const response = await send(apiUrl(path), { method, headers, body: payload, signal, credentials: "include" });
  if (response.status === 401) return leaveForLogin();
  if (!response.ok) throw await refusal(response);
  return response;
}

/** The JSON of a successful response; null when it has no body. */
export async function call(path, options) {
  const response = await request(path, options);
  return response.status === 204 ? null : response.json();
}

// How long to wait (milliseconds) before a GET is tried again, as libraries for fetching do by themselves.
const PAUSES = [300, 900];

/** The response, whatever its status; a GET that never reached the API is tried again, a write never. */
async function send(url, options) {
  for (const milliseconds of options.method === "GET" ? PAUSES : []) {
    const response = await fetch(url, options).catch(unlessAborted);
    if (response && !isProxys(response)) return response;
    await pause(milliseconds);
  }
  return sendOnce(url, options);
}

// From another origin a proxy's own error page is as good as no answer, for it lacks the API's CORS headers.
function unlessAborted(error) {
  if (error.name === "AbortError") throw error;
  return null;
}

function isProxys({ status, headers }) {
  return [502, 503, 504].includes(status) && !headers.get("Content-Type")?.includes("json");
}

async function sendOnce(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "Qumis cannot be reached at the moment.");
  }
}

async function refusal(response) {
  const answer = await response.json().catch(() => ({})); // an error page of a proxy is not JSON
  const message = answer.message || REFUSALS[response.status] || `Something went wrong (${response.status}).`;
  return new ApiError(response.status, message);
}

/** Ends the session at the API and leads to the login page. */
export async function signOut() {
  await send(`${config.api}/auth/logout`, { method: "POST", credentials: "include" });
  location.assign("/login");
}

/** Repeats `step` until it answers true: every 150 ms in the first second, every 300 ms after it. */
export async function poll(step, signal) {
  const started = performance.now();
  while (!signal.aborted && !(await step())) {
    await pause(performance.now() - started < 1000 ? 150 : 300);
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
