// Short words that come and go: what an action came to. Bad ones stay until they are pressed away.

import { html, signal } from "../vendor/preact.js";
import { told } from "./http.js";
import { t } from "./words.js";

const MOST = 4;
const GOOD_MS = 6000;

const list = signal([]);
let count = 0;

/** kind: good, bad or plain. */
export function toast(text, kind = "plain") {
  const id = ++count;
  list.value = [...list.value, { id, text, kind }].slice(-MOST);
  if (kind !== "bad") setTimeout(() => drop(id), GOOD_MS);
}

/** Say what a request's problem is. */
export const complain = (problem) => toast(told(problem), "bad");

const drop = (id) => { list.value = list.value.filter((one) => one.id !== id); };

/** Do something that may be refused: true when it was done; else the problem is told. */
export async function trying(work) {
  try { await work(); return true; } catch (problem) { complain(problem); return false; }
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${list.value.map((one) => html`
    <div key=${one.id} class=${`toast ${one.kind}`} role=${one.kind === "bad" ? "alert" : null}>
      <span>${one.text}</span><button type="button" class="quiet" aria-label=${t("close")} onClick=${() => drop(one.id)}>×</button>
    </div>`)}</div>`;
}
