// A ticket's pieces in words. Pure but for the language.

import { clock, moment } from "../../shared/clock.js";
import { has, t } from "../../shared/words.js";

export const w = (word, fill) => t(`tk/${word}`, fill);

/** A deadline in one line. */
export function deadlineLine(one) {
  const fill = { kind: w(`kinds/${one.kind}`), words: one.words };
  if (one.state !== "open") return w(one.state, fill);
  if (one.left !== null && one.left !== undefined) return w("paused", fill);
  return w(one.overdue ? "late" : "left", fill);
}

/** good, busy, or the red of what is late. */
export const deadlineTone = (one) => (one.overdue || one.state === "missed" ? "" : one.state === "met" ? "good" : "busy");
export const stateTone = (state) => ({ closed: "calm", withdrawn: "calm", returned: "busy", negotiating: "busy", draft: "busy" })[state] || "good";

/** What a platform is called, with its number. */
export const platform = (id, names) => (id && names?.[id] ? `${names[id]}（${id}）` : id);
/** The state of a delivery: a handling's state once somebody there did something. */
export const deliveryWord = (state) => (has(`tk/delivery/${state}`) ? w(`delivery/${state}`) : w(`states/${state}`));

/** The day, where it is not today, and the time. */
export function when(iso) {
  if (!iso) return "";
  return new Date(iso).toDateString() === new Date().toDateString() ? clock(iso) : moment(iso);
}
