// The person who is signed in.
import { call, leaveForLogin } from "./api.js";
import { config } from "./config.js";

let asked = null;

/** The signed-in person; without a session the page leaves for the login page. */
export function whoAmI() {
  if (!config.hasSession) return leaveForLogin();
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
