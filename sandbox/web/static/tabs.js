// A list of tabs over one panel, with the arrow keys that people expect.
import { h } from "./dom.js";

/** Tabs over `panel`; `choose` gets the key of the tab that was chosen by click or key. */
export function tabs(name, choices, panel, choose) {
  panel.setAttribute("role", "tabpanel");
  panel.id = "tab-panel";
  const buttons = choices.map(({ key, label }) => {
    const tab = { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": panel.id };
    return h("button", { ...tab, onClick: () => choose(key) }, label);
  });
  const element = h("div", { role: "tablist", "aria-label": name, class: "tabs" }, buttons);
  element.addEventListener("keydown", (event) => moveFocus(event, buttons));

  function select(key) {
    for (const button of buttons) {
      const selected = button.id === `tab-${key}`;
      button.setAttribute("aria-selected", String(selected));
      button.tabIndex = selected ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `tab-${key}`);
  }

  return { element, select };
}

function moveFocus(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
  buttons[next].focus();
  buttons[next].click();
}
