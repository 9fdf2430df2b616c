// Small modal dialogs that ask for one value, or for a yes.
import { alertBox, field, freshId, h } from "./dom.js";

/**
 * Opens a dialog with at most one field; `act` gets its value. It closes when `act` has succeeded,
 * and shows why when it has not.
 */
export function ask({ title, text, label, type = "text", value = "", action, danger = false, act }) {
  const id = freshId("dialog");
  const input = label ? field(label, { type, value, required: true, autocomplete: "off" }) : null;
  const submit = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const cancel = h("button", { type: "button", onClick: () => dialog.close() }, "Cancel");
  const problem = h("div", {});
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id }, title),
    text ? h("p", {}, text) : null,
    input?.element,
    problem,
    h("div", { class: "dialog-actions" }, cancel, submit),
  );
  const dialog = h("dialog", { "aria-labelledby": id, onClose: () => dialog.remove() }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    return finish(input?.control.value.trim());
  });

  async function finish(answer) {
    submit.disabled = true;
    try {
      await act(answer);
      dialog.close();
    } catch (error) {
      problem.replaceChildren(alertBox(error.message));
      submit.disabled = false;
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  input?.control.select();
}
