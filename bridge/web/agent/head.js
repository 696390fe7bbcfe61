// Who is calling, and who is in the call.

import { html } from "../vendor/preact.js";
import { post, put } from "../shared/http.js";
import { link } from "../shared/live.js";
import { Since } from "../shared/since.js";
import { clock } from "../shared/clock.js";
import { may } from "../shared/store.js";
import { toast, trying } from "../shared/toasts.js";
import { badge, speaker, t, tone } from "../shared/words.js";
import { callerOf, incoming, lastTransfer, mine, ownParty, ownVoice, withWhom } from "./stage.js";

const at = (call) => `/api/v1/calls/${encodeURIComponent(call.id)}`;

export function Head({ call }) {
  const number = callerOf(call).number || "—";
  return html`<div class="head-line"><div class="head-main">
    <h2 class="caller-number">${number}</h2>
    <span class=${`phase ${call.phase}`}>${t(`phase/${call.phase}`)}</span>
    ${call.outcome ? html`<span class="muted">${t(`outcome/${call.outcome}`)}</span>` : null}
    ${call.caution && html`<em class="flag" title=${call.caution.why}>${t(`caution/${call.caution.measure}`)}：${call.caution.why}</em>`}
    ${call.silent ? html`<em class="flag">${t("silent_call")}</em>` : null}
    ${call.quiet ? html`<em class="flag calm" title=${t("quiet_help")}>${t("quiet_line")}</em>` : null}
    <${Hand} call=${call} />
    ${canHush(call) && html`<button type="button" class="button small" data-do="hush" title=${t("quiet_help")} onClick=${() => trying(() => post(`${at(call)}/quiet`, {}, { once: false }))}>${t("make_quiet")}</button>`}
    ${canMark(call) && html`<button type="button" class="button small" data-do="mark" title=${t("mark_help")} onClick=${() => mark(call, number)}>${t("mark_caller")}</button>`}
    </div><time class="head-time">${call.outcome ? clock(call.started_at) : html`<${Since} at=${Date.parse(call.started_at)} />`}</time>
  </div>`;
}

const canHush = (call) => may("transfer") && link.value === "live" && !call.outcome && !call.quiet && call.phase === "talking";
const canMark = (call) => may("transfer") && link.value === "live" && !call.caution && /^[0-9*#+]+$/.test(callerOf(call).number) && !callerOf(call).number.includes("**");

async function mark(call, number) {
  const done = await trying(() => put(`/api/v1/harassment/${encodeURIComponent(number)}`, { measure: "warn", why: t("marked_on_page", { id: call.id }) }));
  if (done) toast(t("marked", { number }), "good");
}

/** The agent's hand on a desk phone's call. The softphone has its own. */
function Hand({ call }) {
  const own = ownParty(call);
  if (!own?.up || call.outcome || ownVoice.value || !may("transfer")) return null;
  const send = (what) => trying(() => post(`${at(call)}/${what}`, undefined));
  return html`<span class="hand" role="group" aria-label=${t("hand/title")}>
    <button type="button" class="button small" data-do="hold" onClick=${() => send(own.held ? "resume" : "hold")}>${t(own.held ? "hand/resume" : "hand/hold")}</button>
    <button type="button" class="button small harsh" data-do="hangup" onClick=${() => send("hangup")}>${t("hand/hangup")}</button></span>`;
}

/** Loudly: the telephone rings, or the other side sends somebody. */
export function Ringing({ call }) {
  if (call.outcome) return null;
  if (incoming(call) && !mine(call)) return html`<p class="rings-for" role="alert">☎ ${t("rings/yours")}</p>`;
  const own = ownParty(call);
  if (!own || own.up) return null;
  return html`<p class="rings-for" role="alert">☎ ${t(call.brought || (lastTransfer(call) && own.role === "recipient") ? "rings/yours" : "rings/you")}</p>`;
}

export function People({ call }) {
  const caller = callerOf(call), attendant = call.parties.find((party) => party.role === "attendant");
  const rest = call.parties.filter((party) => party.role !== "caller" && party !== attendant);
  const row = [html`<${Person} key=${caller.leg} party=${caller} call=${call} />`];
  let left = caller;
  for (const party of [attendant, ...rest].filter(Boolean)) {
    row.push(html`<${Between} key=${`to-${party.leg}`} one=${left} other=${party} call=${call} />`, html`<${Person} key=${party.leg} party=${party} call=${call} />`);
    left = party;
  }
  return html`<div class="people">${row}</div>`;
}

function Between({ one, other, call }) {
  const kind = one.role === "caller" && call.phase === "desks" ? "gone" : !one.up || !other.up ? "rings" : [one, other].some((party) => party.holds || party.aside) ? "held" : "talks";
  return html`<span class=${`join ${kind}`} aria-hidden="true"></span>`;
}

function Person({ party, call }) {
  const state = legState(party, call), who = party.role === "supervisor" ? "supervisor" : party.speaker;
  return html`<div class=${`person who-${tone(who || "")} ${party.up ? "up" : state === "gone" ? "left" : "not-up"}`}>
    <span class="badge" aria-hidden="true">${badge(who || "?")}</span><span class="person-name">${speaker(who || "")}</span>
    <span class="person-state">${t(`leg/${state}`)}${party.secure ? html` <span title=${t("secure")}>🔒</span>` : null}<${Sound} figures=${call.quality?.[party.leg]} /></span></div>`;
}

/** How this line sounds, once there are figures: a light with its word, the figures on hover. */
function Sound({ figures }) {
  if (!figures) return null;
  const far = figures.mos_far === null ? "" : ` / ${figures.mos_far}`;
  return html`<span class=${`sound ${figures.light}`} title=${`MOS ${figures.mos}${far} · ${t("loss")} ${(figures.loss * 100).toFixed(1)}% · ${t("jitter")} ${figures.jitter_ms} ms`}>${t(`sound/${figures.light}`)}</span>`;
}

function legState(party, call) {
  if (call.outcome || (party.role === "caller" && call.phase === "desks")) return "gone";
  if (!party.up && party.role === "caller") return "hears_ring";
  if (!party.up) return party.role === "recipient" && !lastTransfer(call)?.state.endsWith("ringing") ? "dials" : "rings";
  const alone = party.role === "caller" && !withWhom(call);
  if (call.quiet && party.role === "caller" && (alone || party.aside || party.plays)) return "hush";
  if (party.holds) return "hold";
  if (party.aside || (alone && call.queue && !party.plays)) return "aside";
  if (party.plays) return "hears";
  return alone ? "hears_ring" : "up";
}
