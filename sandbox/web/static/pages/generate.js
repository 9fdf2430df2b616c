// The page that asks for one kind of report.
import { call } from "../api.js";
import { field, h, pageHeading } from "../dom.js";
import { documentPicker } from "../picker.js";
import { forms } from "../report-forms.js";
import { mayWrite } from "../session.js";

export default async function generate(view) {
  const form = forms[view.params.form];
  const claim = form.claim ? claimField() : null;
  const templates = form.templates ? radioGroup("Template", form.templates) : null;
  const picker = documentPicker("Documents", view);
  const button = h("button", { type: "submit", class: "primary", disabled: true }, form.action);
  const element = h("form", { class: "card form" }, templates, picker.element, claim?.element, h("div", {}, button));

  const choice = () => ({
    documents: picker.chosen().length,
    claim: claim?.control.value.trim() ?? "",
    template: templates?.querySelector("input:checked")?.value ?? "",
  });
  const check = () => {
    button.disabled = !mayWrite(view.me) || !form.complete(choice());
  };
  const submit = view.handle(async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await order(view, form, picker.chosen(), choice());
    } finally {
      check();
    }
  });

  element.addEventListener("input", check);
  element.addEventListener("submit", submit);
  view.main.append(pageHeading(form.heading), h("p", { class: "muted" }, form.about), readingOnly(view.me), element);
  await picker.watch();
}

function claimField() {
  const placeholder = "What happened, when, and what is claimed?";
  return field("Claim description", { type: "textarea", placeholder });
}

function readingOnly(me) {
  return mayWrite(me) ? "" : h("p", { class: "notice" }, "Your role lets you read reports, not make them.");
}

async function order({ navigate }, { kind }, documentIds, { claim, template }) {
  const wish = { kind, document_ids: documentIds };
  if (claim) wish.claim = claim;
  if (template) wish.template = template;
  const { id } = await call("reports", { method: "POST", json: wish });
  navigate(`/reports/${id}`, { ordered: true });
}

function radioGroup(name, choices) {
  const radios = choices.map((choice, index) => {
    const id = `template-${index}`;
    const radio = h("input", { type: "radio", name: "template", id, value: choice });
    return h("div", { class: "choice" }, radio, h("label", { for: id }, choice));
  });
  return h("fieldset", { role: "radiogroup" }, h("legend", {}, name), radios);
}
