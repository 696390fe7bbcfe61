// The left column: the agent's seat, calls in progress and ended, tickets to handle.

import { html } from "../vendor/preact.js";
import { standing } from "../shared/advice.js";
import { clock } from "../shared/clock.js";
import { put } from "../shared/http.js";
import { link } from "../shared/live.js";
import { Since } from "../shared/since.js";
import { callbacks, changed, may, peekAll, queues, you } from "../shared/store.js";
import { trying } from "../shared/toasts.js";
import { speaker, t } from "../shared/words.js";
import { said } from "./progress.js";
import { callerOf, chosen, inFlight, lastTransfer, listed, mine, pick, withWhom } from "./stage.js";
import { todo } from "./todo.js";

/** Calls in the list: more than anybody reads. */
const LISTED = 60;

export function Calls() {
  changed.value;
  const all = listed(peekAll()), own = all.filter((one) => mine(one.call));
  const rest = all.filter((one) => !mine(one.call)).slice(0, LISTED);
  return html`<nav class="calls" aria-label=${t("calls")}>
    <${Seat} />
    ${own.length > 0 && html`<h3>${t("mine")}</h3>${own.slice(0, LISTED).map((one) => html`<${Item} key=${one.call.id} one=${one} />`)}`}
    <${Todo} />
    ${rest.length > 0 && html`<h3>${t(own.length ? "others" : "calls")}</h3>${rest.map((one) => html`<${Item} key=${one.call.id} one=${one} />`)}`}
  </nav>`;
}

function Item({ one }) {
  const { call, ticket, draft, papers } = one, moving = lastTransfer(call);
  const urgent = [ticket || draft, papers].some((paper) => paper?.category?.urgent) && !call.outcome, danger = standing(one).length && !call.outcome;
  return html`<button type="button" class=${`call ${call.outcome ? "over" : ""} ${inFlight(moving) ? "moving" : ""}`} data-call=${call.id}
      aria-current=${chosen.value?.call === call.id ? "true" : null} onClick=${() => pick({ call: call.id })}>
    <span class="call-who"><span class="call-number">${callerOf(call).number || "—"}</span>
      ${danger ? html`<em class="flag">⚠ ${t("danger")}</em>` : urgent ? html`<em class="flag">${t("urgent")}</em>` : null}
      ${call.caution && html`<em class="flag">${t(`caution/${call.caution.measure}`)}</em>`}
      ${call.silent && !call.outcome ? html`<em class="flag">${t("silent_call")}</em>` : null}</span>
    <time class="call-time">${call.outcome ? clock(call.started_at) : html`<${Since} at=${Date.parse(call.started_at)} />`}</time>
    <span class="call-what">${summary(call)}</span></button>`;
}

function summary(call) {
  const moving = lastTransfer(call);
  if (call.outcome) return moving?.state === "connected" ? said(moving) : `${t("phase/over")} · ${t(`outcome/${call.outcome}`)}`;
  if (inFlight(moving)) return said(moving);
  const other = withWhom(call);
  return call.phase === "talking" && other ? `${t("phase/talking")} · ${speaker(other)}` : t(`phase/${call.phase}`);
}

function Todo() {
  if (!may("tickets", "exchange")) return null;
  return html`<h3>${t("tickets")} ${todo.value.length ? html`<em class="flag busy">${todo.value.length}</em>` : null}</h3>
    ${todo.value.length === 0 && html`<p class="muted">${t("no_tickets")}</p>`}
    ${todo.value.map((row) => html`<button key=${row.ticket} type="button" class="call ticket" data-ticket=${row.ticket}
        aria-current=${chosen.value?.ticket === row.ticket ? "true" : null} onClick=${() => pick({ ticket: row.ticket })}>
      <span class="call-who"><span class="call-number">${row.request || t("unsaid")}</span></span>
      <time class="call-time">${clock(row.opened_at)}</time>
      <span class="call-what"><em class=${`flag ${row.urgency === "normal" ? "calm" : ""}`}>${t(`handling/${row.state}`)}</em> ${row.path.join(" → ")}</span></button>`)}`;
}

/** The agent's telephone as the queues see it, ready or not; and who waits. */
function Seat() {
  const own = you.value?.extension, { agents, queues: lines, at } = queues.value;
  const agent = agents.find((one) => one.number === own);
  return html`<section class="seat">
    ${own ? html`<p class="seat-own"><b>${t("seat/title")} ${own}</b> ${agent && html`<span class=${`flag ${agent.state === "ready" ? "good" : "busy"}`}>${t(`agent_state/${agent.state}`)}</span><${Wish} agent=${agent} />`}</p>`
    : html`<p class="muted">${you.value?.platform ? t("seat/no_extension") : ""}</p>`}
    ${callbacks.value ? html`<p><em class="flag">${t("seat/callbacks")} ${callbacks.value}</em></p>` : null}
    ${lines.map((queue) => html`<p key=${queue.name} class=${`queue ${queue.waiting ? "waits" : ""}`}><b>${queue.name}</b> ${t("seat/waiting")} ${queue.waiting}
      ${queue.waiting ? html` <time><${Since} at=${at - 1000 * queue.callers.reduce((most, one) => Math.max(most, one.waited), 0)} /></time>` : null}
      <span class="muted"> ${t("seat/answer_rate")} ${percent(queue.today.answer_rate)} · ${t("seat/abandon_rate")} ${percent(queue.today.abandon_rate)}</span></p>`)}
    ${!own && agents.length ? html`<ul class="agents">${agents.map((one) => html`<li key=${one.number} class=${`agent ${one.state}`}><span>${one.name || one.number}</span>
      <small>${t(`agent_state/${one.state}`)}</small><${Wish} agent=${one} /></li>`)}</ul>` : null}
  </section>`;
}

function Wish({ agent }) {
  const wish = agent.paused || agent.state === "after-call" ? "ready" : "paused";
  const send = () => trying(() => put(`/api/v1/agents/${encodeURIComponent(agent.number)}/state`, { state: wish }));
  return html`<button type="button" class="button small" data-agent=${agent.number} disabled=${!may("transfer") || link.value !== "live"}
    aria-label=${`${agent.name || agent.number} ${t(`agent_wish/${wish}`)}`} onClick=${send}>${t(`agent_wish/${wish}`)}</button>`;
}

const percent = (rate) => (rate === null ? "—" : `${Math.round(rate * 100)}%`);
