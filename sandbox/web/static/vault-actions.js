// What one may do with a document in the vault's table.
import { call } from "./api.js";
import { ask } from "./dialog.js";
import { h, toast } from "./dom.js";

/** Makes the buttons of a row; each acts on the row's latest document, then reloads the listing. */
export function rowActions({ writable, reload, handle }) {
  const done = async (message) => {
    toast(message);
    await reload();
  };
  return (latest, trashed) => {
    if (!writable) return [];
    const choices = trashed ? [["Restore", restore]] : [["Rename", rename], ["Tag", tag], ["Delete", remove]];
    return choices.map(([label, act]) => {
      const onClick = handle(() => act(latest(), done));
      return h("button", { type: "button", class: "small", onClick }, label);
    });
  };
}

const change = (document, json) => call(`documents/${document.id}`, { method: "PATCH", json });

function rename(document, done) {
  ask({
    title: "Rename document",
    label: "Name",
    value: document.name,
    action: "Save",
    act: async (name) => {
      await change(document, { name });
      await done("Renamed");
    },
  });
}

function tag(document, done) {
  ask({
    title: "Tag document",
    label: "Tag",
    action: "Add tag",
    act: async (add_tag) => {
      await change(document, { add_tag });
      await done("Tag added");
    },
  });
}

function remove(document, done) {
  ask({
    title: "Delete document?",
    text: `“${document.name}” goes to the trash, where it can be restored.`,
    action: "Delete",
    danger: true,
    act: async () => {
      await call(`documents/${document.id}`, { method: "DELETE" });
      await done("Deleted");
    },
  });
}

async function restore(document, done) {
  await call(`documents/${document.id}/restore`, { method: "POST" });
  await done("Restored");
}
