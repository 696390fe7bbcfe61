// One keystroke for what an agent does all day. Letters and digits count where nothing is being typed; F2 and Escape everywhere.

import { html, signal } from "../vendor/preact.js";
import { Dialog } from "../shared/dialog.js";
import { editing } from "../shared/elements.js";
import { may } from "../shared/store.js";
import { t } from "../shared/words.js";
import { accept, choosing } from "./category.js";
import { allowed, begin } from "./handling.js";
import { canPress, cancel, keysFor, press } from "./keys.js";
import { chosen, inFlight, lastTransfer, onStage, ours } from "./stage.js";

const help = signal(false);
const DEEDS = { s: "accept", r: "return", f: "feedback" };

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const over = () => document.querySelector("dialog[open]");

function pressKey(call, at, mode) {
  const key = keysFor(call)[at];
  if (key && canPress(call)) press(call, key.number, mode);
}

function act(event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || over()) return false;
  const one = onStage.peek(), call = one?.call, tickets = [chosen.peek()?.ticket, one?.ticket?.ticket, call?.brought];
  const { key } = event;
  if (key === "F2" && call) { pressKey(call, 0); return true; }
  if (key === "Escape" && call && ours(call) && inFlight(lastTransfer(call)) && lastTransfer(call).may?.includes("cancel") && !typing(event.target)) { cancel(call); return true; }
  if (typing(event.target)) return false;
  const digit = /^Digit([1-9])$/.exec(event.code) || /^Numpad([1-9])$/.exec(event.code);
  if (digit && call && !event.repeat) { pressKey(call, Number(digit[1]) - 1, event.shiftKey ? "conference" : undefined); return true; }
  const letter = key.toLowerCase();
  if (letter === "y" && one) { accept(one); return true; }
  if (letter === "c" && one && may("transfer")) { choosing.value = call.id; return true; }
  if (letter === "e" && one && may("transfer")) { editing.value = { where: `/api/v1/calls/${encodeURIComponent(call.id)}/elements`, name: "who" }; return true; }
  const ticket = tickets.find((id) => id && allowed(id).includes(DEEDS[letter]));
  if (ticket) { begin(ticket, DEEDS[letter]); return true; }
  if (key === "?") { help.value = true; return true; }
  return false;
}

addEventListener("keydown", (event) => { if (act(event)) event.preventDefault(); });

const ROWS = [["1 … 9", "key"], ["F2", "f2"], ["Shift + 1 … 9", "shift"], ["Esc", "cancel"], ["Y", "accept"], ["C", "choose"], ["E", "fields"], ["S", "sign"], ["R", "back"], ["F", "feed"], ["?", "help"]];

export function Help() {
  return html`<button type="button" class="button small keys-help" onClick=${() => { help.value = true; }}>${t("help/open")} <kbd>?</kbd></button>
    ${help.value && html`<${Dialog} title=${t("help/title")} close=${() => { help.value = false; }}>
      <dl class="help">${ROWS.map(([key, word]) => html`<div key=${word}><dt><kbd>${key}</kbd></dt><dd>${t(`help/${word}`)}</dd></div>`)}</dl><//>`}`;
}
