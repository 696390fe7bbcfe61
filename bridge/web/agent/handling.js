// 办理: where a ticket stands, what this platform may do with it now (the table says), and the deadlines' clocks.

import { html, signal, useEffect, useRef } from "../vendor/preact.js";
import { beat, clock, span } from "../shared/clock.js";
import { Dialog } from "../shared/dialog.js";
import { get, post } from "../shared/http.js";
import { hear } from "../shared/live.js";
import { may, you } from "../shared/store.js";
import { complain, toast } from "../shared/toasts.js";
import { t } from "../shared/words.js";

const NEEDS = new Set(["return", "feedback", "negotiate", "dispute", "resend", "reopen", "withdraw", "escalate"]);
const TALKS = new Set([...NEEDS, "close", "accept"]);
const SHORTCUTS = { accept: "S", return: "R", feedback: "F" };
const RETRY_MS = 700;
const TRIES = 8;

/** Tickets as the exchange shows them, by id: {papers, handling}; kept as long as they are on the stage. */
const folders = signal(new Map());
/** The deed whose words are being typed: {ticket, name}. */
export const saying = signal(null);

export const folderOf = (ticket) => folders.value.get(ticket) || null;
const keep = (ticket, folder) => { folders.value = new Map([...folders.value].filter(([id]) => id !== ticket).slice(-20)).set(ticket, folder); };

/** Ask for it now. Right after the press it may take a moment until it is there. */
export async function fetchTicket(ticket, tries = TRIES) {
  try {
    keep(ticket, await get(`/exchange/v1/tickets/${encodeURIComponent(ticket)}`));
  } catch (problem) {
    if (problem.status === 404 && tries > 1) setTimeout(() => fetchTicket(ticket, tries - 1), RETRY_MS);
    else if (problem.status !== 404) complain(problem);
  }
}
hear("handling", (event) => {
  const folder = folders.value.get(event.ticket);
  if (!folder) return;
  if (you.value?.platform && event.handling.may) keep(event.ticket, { ...folder, handling: event.handling });
  else fetchTicket(event.ticket, 1);
});

/** Do a deed that needs no words at once, ask for them otherwise. */
export function begin(ticket, name) {
  if (name === "accept" || name === "start" || name === "agree" || name === "urge") return done(ticket, name, {});
  saying.value = { ticket, name };
  return null;
}

async function done(ticket, name, words) {
  const version = folderOf(ticket)?.handling.version;
  try {
    await post(`/exchange/v1/tickets/${encodeURIComponent(ticket)}/${name}`, words, { more: version ? { "If-Match": `"${version}"` } : {} });
    toast(t("deed/done", { deed: t(`deed/${name}`) }), "good");
    saying.value = null;
  } catch (problem) {
    if (problem.status === 412 || problem.status === 409) toast(t("deed/moved"), "bad");
    else complain(problem);
  }
  fetchTicket(ticket, 1);
}

export const allowed = (ticket) => (may("tickets", "exchange") ? (folderOf(ticket)?.handling.may || []).filter((name) => name !== "deliver" && name !== "link" && name !== "outcome") : []);

export function Handling({ ticket }) {
  useEffect(() => { if (ticket) fetchTicket(ticket); }, [ticket]);
  const handling = folderOf(ticket)?.handling;
  if (!handling) return null;
  const deeds = allowed(ticket), own = you.value?.platform;
  const open = handling.deadlines.filter((one) => one.state === "open"), past = handling.deadlines.filter((one) => one.state !== "open");
  return html`<section class="card handling-card" aria-label=${t("deed/title")}>
    <div class="card-head"><h3>${t("deed/title")} <em class=${`flag ${handling.state === "returned" || handling.urgency === "danger" ? "" : "calm"}`}>${t(`handling/${handling.state}`)}</em></h3>
      <span class="muted">${handling.path.join(" → ")}</span></div>
    <p class="muted">${handling.urgency === "normal" ? "" : html`<em class="flag">${t(`urgency/${handling.urgency}`)}</em> `}${turn(handling) === own ? t("deed/yours") : t("deed/waits", { who: turn(handling) })}
      ${handling.reason ? html`<span class="handling-reason">“${handling.reason}”</span>` : null}</p>
    ${open.map((one) => html`<${Deadline} key=${one.kind + one.partner} one=${one} />`)}
    ${past.slice(-2).map((one) => html`<p key=${one.kind + one.done_at} class="muted">${t("deadline/of", { who: one.partner, kind: t(`deadline/${one.kind}`) })} ${t(`deadline/${one.state}`)}</p>`)}
    ${deeds.length ? html`<div class="deeds">${deeds.map((name) => html`<button key=${name} type="button" data-deed=${name}
      class=${`button small ${name === "accept" ? "primary" : name === "return" || name === "dispute" ? "harsh" : ""}`} aria-keyshortcuts=${SHORTCUTS[name] || null}
      onClick=${() => begin(ticket, name)}>${t(`deed/${name}`)}${SHORTCUTS[name] ? html` <kbd>${SHORTCUTS[name]}</kbd>` : null}</button>`)}</div>` : html`<p class="muted">${t("deed/none")}</p>`}
    ${saying.value?.ticket === ticket && html`<${Words} handling=${handling} name=${saying.value.name} />`}
  </section>`;
}

/** Whose turn it is: the holder's; the asker's when it came back or was fed back; nobody's at the end. */
function turn({ state, holder, origin, target }) {
  if (state === "closed" || state === "withdrawn") return "—";
  return state === "returned" || state === "feedback" ? (holder !== origin ? origin : target) : holder;
}

/** A deadline's clock: what is owed, by whom, and how long there still is. */
function Deadline({ one }) {
  const due = Date.parse(one.due), left = (due - beat.value) / 1000, stopped = typeof one.left === "number";
  const share = Math.max(0, Math.min(1, left / Math.max(1, (due - Date.parse(one.since)) / 1000)));
  const late = left < 0 && !stopped, level = late ? "late" : share < 0.25 ? "soon" : "";
  return html`<div class=${`deadline ${level}`} data-deadline=${one.kind}><b>${t("deadline/of", { who: one.partner, kind: t(`deadline/${one.kind}`) })}</b>
    <span role="timer">${stopped ? t("deadline/paused") : t(late ? "deadline/late" : "deadline/left", { time: span(Math.abs(left)) })}</span>
    <meter min="0" max="1" value=${stopped ? 1 : share} aria-hidden="true"></meter>
    <span class="muted">${new Date(due).toDateString() === new Date().toDateString() ? clock(one.due) : one.due.slice(5, 16).replace("T", " ")}${one.working ? ` · ${t("deadline/hour")}` : ""}</span></div>`;
}

function Words({ handling, name }) {
  const form = useRef(null), { ticket } = handling, parties = [...new Set([handling.origin, handling.target])];
  const send = (event) => {
    event.preventDefault();
    const words = Object.fromEntries([...new FormData(form.current)].filter(([, value]) => value));
    done(ticket, name, words);
  };
  return html`<${Dialog} title=${t(`deed/${name}`)} close=${() => { saying.value = null; }}>
    <form ref=${form} onSubmit=${send}>
      ${TALKS.has(name) && html`<label for="deed-reason">${t(`deed/reason_of/${name}`)}</label>
        <textarea id="deed-reason" name="reason" rows="4" maxlength="4000" required=${NEEDS.has(name)} data-first></textarea>`}
      ${name === "negotiate" && html`<label for="deed-owner">${t("deed/owner")}</label><select id="deed-owner" name="owner" required>${parties.map((one) => html`<option key=${one}>${one}</option>`)}</select>`}
      ${(name === "resend" || name === "escalate") && html`<label for="deed-to">${t("deed/to")}</label><select id="deed-to" name="to"><option value="">${t("deed/same")}</option>${handling.path.map((one) => html`<option key=${one}>${one}</option>`)}</select>`}
      ${(name === "feedback" || name === "close") && html`<label for="deed-number">${t("deed/number")}</label><input id="deed-number" name="number" maxlength="64" />`}
      <button class="button primary" type="submit">${t(`deed/${name}`)}</button>
    </form><//>`;
}
