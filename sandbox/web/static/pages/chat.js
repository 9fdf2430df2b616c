// Chat with the documents, new or continued.
import { call } from "../api.js";
import { conversation } from "../conversation.js";
import { ask } from "../dialog.js";
import { h, pageHeading, toast, whileLoading } from "../dom.js";
import { documentPicker } from "../picker.js";

export default async function chat(view) {
  const { main, params, signal } = view;
  const saved = savedChats(view);
  const picker = documentPicker("Documents in this chat", view);
  const hint = h("p", { class: "muted small" }, "With none ticked, all of them are in.");
  const talk = conversation(view, {
    id: params.id ?? null,
    logName: "Conversation",
    label: "Message",
    begin: () => ({ document_ids: picker.chosen() }),
    begun: started,
  });
  const save = h("button", { type: "button", disabled: !params.id, onClick: () => saveChat(talk, saved) }, "Save chat");

  function started(made) {
    view.rename(`/chat/${made.id}`, { replace: true });
    save.disabled = false;
    fixDocuments(made.document_ids);
  }

  function fixDocuments(ids) {
    picker.fix(ids);
    hint.textContent = "To change the documents, start a new chat.";
  }

  async function recallChat() {
    const known = await whileLoading(talk.log, call(`chats/${params.id}`, { signal }));
    talk.show(known);
    return known;
  }

  const fresh = h("button", { type: "button", onClick: view.handle(() => view.navigate("/chat")) }, "New chat");
  main.append(
    h("div", { class: "title-row" }, pageHeading("Chat"), h("div", { class: "actions" }, fresh, save)),
    h(
      "div",
      { class: "chat-layout" },
      h("div", { class: "card chat-main" }, talk.log, talk.form),
      h("div", { class: "chat-side" }, h("div", { class: "card" }, picker.element, hint), saved.element),
    ),
  );
  const [known] = await Promise.all([params.id ? recallChat() : null, picker.watch(), saved.refresh()]);
  if (known) fixDocuments(known.document_ids);
}

function savedChats({ signal }) {
  const list = h("ul", { class: "link-list" });
  const element = h("nav", { "aria-label": "Chats", class: "card" }, h("h2", {}, "Chats"), list);

  async function refresh() {
    const { chats } = await call("chats", { signal });
    list.replaceChildren(...chats.map(({ id, title }) => h("li", {}, h("a", { href: `/chat/${id}` }, title))));
  }

  return { element, refresh };
}

function saveChat(talk, saved) {
  ask({
    title: "Save chat",
    label: "Title",
    action: "Save",
    act: async (title) => {
      await call(`chats/${talk.chatId()}/save`, { method: "POST", json: { title } });
      await saved.refresh();
      toast("Chat saved");
    },
  });
}
