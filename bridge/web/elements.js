// The five elements' card: what each says, how sure that is and out of whose words, and the agent's correction of it.

import { h } from "./dom.js";
import { mayPress } from "./state.js";
import { t } from "./words.js";

const NAMES = ["who", "contact", "when", "where", "what"];
/** Below this the page asks the agent to look twice. */
const UNSURE = 0.6;

const paper = (one) => one.ticket || one.draft;

/** What the card shows, as a plain value. While an element is being corrected the card stays as it is, so that nobody types into
 * something that is built anew under his hands. */
export function elementsShown(state, local, one) {
  if (local.editing?.call === one.call.id) return ["editing", local.editing.call, local.editing.name];
  return [one.call.id, paper(one)?.elements, one.ticket?.version, one.ticket?.state, canCorrect(state)];
}

const canCorrect = (state) => mayPress(state) && state.link === "live";

let filledIn = { call: "", values: {} };

export function elementsCard(state, local, one, actions) {
  const now = paper(one)?.elements || {};
  const before = filledIn.call === one.call.id ? filledIn.values : null;
  filledIn = { call: one.call.id, values: Object.fromEntries(Object.entries(now).map(([name, { value }]) => [name, value])) };
  const stamp = one.ticket ? `${t("ticket", { n: one.ticket.version })} · ${t(`ticket_state/${one.ticket.state}`)}` : t("draft");
  return [
    h("h3", {}, t("elements"), h("span", { class: "muted" }, stamp)),
    h("dl", { class: "elements" }, NAMES.map((name) => {
      const element = now[name] || { value: "", source: "default" };
      if (local.editing?.call === one.call.id && local.editing.name === name) return editor(one.call.id, name, element, actions);
      const fresh = element.value && before && before[name] !== element.value;
      return h("div", { class: `${element.value ? "filled" : ""} ${fresh ? "fresh" : ""}` },
        h("dt", {}, t(name)),
        h("dd", { title: evidence(one, element) }, element.value || t(element.source === "agent" ? "cleared" : "not_yet"),
          normal(element), origin(element),
          canCorrect(state) ? h("button", {
            class: "small", type: "button", "data-focus": `correct-${name}`, "aria-label": `${t("correct")} ${t(name)}`,
            onclick: () => actions.edit(one.call.id, name),
          }, t("correct")) : null));
    })),
  ];
}

/** The date or the official address, where it says more than the words do. */
function normal({ value, resolved, until }) {
  if (!resolved || resolved === value) return null;
  const shown = [resolved, until].filter(Boolean).map((text) => (/^\d{4}-/.test(text) ? text.slice(0, 16).replace("T", " ") : text));
  return h("small", {}, shown.join(" — "));
}

function origin({ value, source, confidence, said }) {
  if (!value) return null;
  const sure = typeof confidence === "number" && source !== "agent" ? `${Math.round(confidence * 100)}%` : "";
  return h("small", { class: sure && confidence < UNSURE ? "unsure" : "" },
    [source === "transcript" ? "" : t(`source/${source}`), said ? t("heard_as", { said }) : "", sure].filter(Boolean).join(" · "));
}

/** The words it was taken from, for whoever points at it. */
function evidence(one, { utterances }) {
  const said = (utterances || []).map((id) => one.transcript.find((item) => item.id === id)?.text).filter(Boolean);
  return said.length ? said.join("\n") : null;
}

function editor(call, name, element, actions) {
  const input = h("textarea", { class: "correct", rows: name === "what" ? "4" : "1", maxlength: "2000", "data-focus": `edit-${name}`, "aria-label": t(name) });
  input.value = element.value;
  const save = () => actions.correct(call, name, input.value);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;  // Enter chooses a character of the input method
    if (event.key === "Escape") actions.edit(null);
    else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
  });
  setTimeout(() => input.focus());
  return h("div", { class: "filled" }, h("dt", {}, t(name)), h("dd", {}, input,
    h("button", { class: "small", type: "button", "data-focus": `save-${name}`, onclick: save }, t("save")),
    h("button", { class: "small", type: "button", onclick: () => actions.edit(null) }, t("leave_it"))));
}
