// Questions and answers: a log, a field to ask in, and answers that arrive in pieces.
import { call, request } from "./api.js";
import { alertBox, field, h } from "./dom.js";
import { eventsOf } from "./stream.js";

const BROKEN_OFF = "The answer broke off. Please ask again.";

/**
 * A log named `logName` and a form whose textbox is named `label`. The chat itself is made with the
 * first question, from what `begin` says; `begun` is told of it.
 */
export function conversation({ handle, signal }, { logName, label, begin, begun = () => {}, id = null }) {
  const talk = { id };
  const log = h("div", { role: "log", "aria-label": logName, class: "log" });
  const box = field(label, { hideLabel: true, placeholder: "Ask a question", required: true, autocomplete: "off" });
  const send = h("button", { type: "submit", class: "primary" }, "Send");
  const form = h("form", { class: "composer", onSubmit: handle(submit) }, box.element, send);

  async function submit(event) {
    event.preventDefault();
    const text = box.control.value.trim();
    if (!text) return;
    box.control.value = "";
    send.disabled = true;
    try {
      await exchange(text);
    } finally {
      send.disabled = false;
    }
  }

  async function exchange(text) {
    say(log, "You").finish({ text });
    const answer = say(log, "Qumis");
    try {
      await ensureChat();
      await receive(answer, await ask(text));
    } catch (error) {
      if (signal.aborted) throw error;
      answer.fail(error.message);
    }
  }

  async function ensureChat() {
    if (talk.id) return;
    const made = await call("chats", { method: "POST", json: begin() });
    talk.id = made.id;
    begun(made);
  }

  const ask = (text) => request(`chats/${talk.id}/messages`, { method: "POST", json: { text }, signal });
  const show = ({ messages }) => messages.forEach((message) => recall(log, message));
  return { log, form, show, focus: () => box.control.focus(), chatId: () => talk.id };
}

async function receive(answer, response) {
  for await (const { event, data } of eventsOf(response)) {
    if (event === "delta") answer.add(data.text);
    if (event === "error") answer.fail(data.message);
    if (event === "done") answer.finish(data);
  }
  if (answer.isBusy()) answer.fail(BROKEN_OFF);
}

function recall(log, { author, text, failed, citations, links }) {
  const message = say(log, author);
  if (failed) message.fail(text);
  else message.finish({ text, citations, links });
}

// A new article at the end of the log, busy until it is finished or has failed.
function say(log, author) {
  const words = h("p", { class: "words" });
  const who = { "aria-label": author, "data-author": author.toLowerCase() };
  const article = h("article", { ...who, "aria-busy": "true" }, words);
  log.append(article);
  article.scrollIntoView({ block: "nearest" });
  const settle = () => article.setAttribute("aria-busy", "false");

  return {
    isBusy: () => article.getAttribute("aria-busy") === "true",
    add: (text) => words.append(text),
    finish: ({ text, citations = [], links = [] }) => {
      if (text !== undefined) words.textContent = text;
      article.append(...citationList(citations), ...sectionLinks(links));
      settle();
    },
    fail: (reason) => {
      article.append(alertBox(reason));
      settle();
    },
  };
}

function citationList(citations) {
  const items = citations.map(({ document_id: id, name, page }) =>
    h("li", {}, h("a", { href: `/documents/${id}#page-${page}` }, `${name}, page ${page}`)),
  );
  return items.length ? [h("ul", { "aria-label": "Citations", class: "citations" }, items)] : [];
}

function sectionLinks(links) {
  const items = links.map(({ section, anchor }) =>
    h("li", {}, h("a", { href: `#${anchor.replace(/^#/, "")}` }, section)),
  );
  return items.length ? [h("ul", { "aria-label": "Sections", class: "citations" }, items)] : [];
}
