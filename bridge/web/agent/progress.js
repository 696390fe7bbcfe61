// What follows the press: ringing, answered, connected, or busy and back to you, with time and reason.

import { html } from "../vendor/preact.js";
import { clock, millis } from "../shared/clock.js";
import { Since } from "../shared/since.js";
import { speaker, t } from "../shared/words.js";
import { answered, inFlight, lastTransfer } from "./stage.js";

const RESULT = { connected: "good", joined: "good", failed: "bad", recalled: "bad", cancelled: "plain", abandoned: "plain", returned: "plain" };
const result = (state) => RESULT[state] || "busy";

/** One line of a transfer: 110 接警台振铃中. */
export const said = (transfer) => t(`state/${transfer.state}`, { who: speaker(transfer.platform), why: t(`why/${transfer.reason}`) });

export function Progress({ one }) {
  const { call, since } = one, transfer = lastTransfer(call);
  if (!transfer) return html`<div class="progress-none" role="status" aria-live="assertive"></div>`;
  const at = since[`${transfer.id}/${transfer.state}`];
  const earlier = call.transfers.slice(0, -1).reverse();
  return html`<div class=${`progress ${result(transfer.state)}`} role="status" aria-live="assertive" data-state=${transfer.state}>
    <p class="progress-said"><b>${said(transfer)}</b>${transfer.mode === "direct" ? null : html`<span class="mode">${t(`mode/${transfer.mode}`)}</span>`}
      <span>${call.phase === "desks" ? t("phase/desks") : t(`calm/${transfer.state}`)}</span></p>
    ${result(transfer.state) === "plain" ? null : html`<${Steps} call=${call} transfer=${transfer} since=${since} />`}
    <p class="muted progress-time" aria-hidden="true">${at ? clock(new Date(at).toISOString()) : ""} ${inFlight(transfer) && at ? html`<${Since} at=${at} />` : null}</p>
    ${earlier.length ? html`<p class="muted earlier">${t("earlier")}：${earlier.map((old) => html`<span key=${old.id}>${old.number} ${said(old)} ${begun(since, old) ? clock(new Date(begun(since, old)).toISOString()) : ""}</span>`)}</p>` : null}
  </div>`;
}

/** When a transfer was first seen, in ms; undefined for one from before this page. */
function begun(since, transfer) {
  const times = Object.entries(since).filter(([mark]) => mark.startsWith(`${transfer.id}/`)).map(([, at]) => at);
  return times.length ? Math.min(...times) : undefined;
}

function Steps({ call, transfer, since }) {
  const marks = call.transfers.length === 1 || inFlight(transfer) ? call.marks : {};
  const done = transfer.state === "connected" || answered(transfer), failed = result(transfer.state) === "bad";
  const rang = transfer.state.endsWith("ringing") || done || ["silent", "left"].includes(transfer.reason);
  const from = begun(since, transfer), seen = (state) => (since[`${transfer.id}/${state}`] && from ? since[`${transfer.id}/${state}`] - from : undefined);
  const ring = seen("ringing") ?? seen("left-ringing"), end = seen(transfer.state);
  return html`<ol class="steps">
    <${Step} name="pressed" reached /><${Step} name="invite" reached took=${marks.press_to_invite_ms} />
    <${Step} name="ring" reached=${rang} took=${ring} />
    ${failed ? html`<li class="wrong"><span>${t(`why/${transfer.reason}`)}</span>${end !== undefined ? html`<small>${millis(end)}</small>` : null}</li>`
    : html`<${Step} name="done" reached=${done} took=${done ? marks.press_to_answer_ms : undefined} />`}
  </ol>`;
}

/** Under this nobody waited: two states came in one event. */
const AT_ONCE_MS = 1;

const Step = ({ name, reached, took }) => html`<li class=${reached ? "reached" : ""}><span>${t(`step/${name}`)}</span>
  ${took === undefined ? null : html`<small>${took < AT_ONCE_MS ? t("step/at_once") : millis(took)}</small>`}</li>`;

const MARKS = ["press_to_invite_ms", "press_to_ticket_ms", "press_to_answer_ms", "answer_to_audio_ms", "caller_gap_ms"];

export function Timings({ call }) {
  const known = MARKS.filter((name) => name in call.marks);
  if (!known.length) return null;
  return html`<section class="card"><h3>${t("timings")}</h3><dl class="timings">${known.map((name) => html`
    <div key=${name}><dt>${t(`ticket_mark/${name}`)}</dt><dd>${millis(call.marks[name])}</dd></div>`)}</dl></section>`;
}
