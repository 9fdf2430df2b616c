// The person who is signed in.
import { call } from "./api.js";
import { config } from "./config.js";

let asked = null;

/** Whether a route may be shown at all: the API need not be asked when there is no session cookie. */
export const mayEnter = (route) => route.open || config.hasSession;

/** The signed-in person; the API's 401 leads to the login page. */
export function whoAmI() {
  asked ??= call("me").then(identify);
  return asked;
}

// FullStory's own call: queued until the recorder is there, harmless when it never comes.
function identify(person) {
  window.FS ??= Object.assign((...call) => window.FS.q.push(call), { q: [] });
  window.FS("setIdentity", { uid: person.email, properties: { email: person.email, displayName: person.name } });
  return person;
}

export const mayWrite = (person) => person.role !== "viewer";
export const isAdmin = (person) => person.role === "admin";
