// The wall's head: one tile for each part of the house, and how calls are answered now.

import { html } from "../../vendor/preact.js";
import { beat } from "../../shared/clock.js";
import { put } from "../../shared/http.js";
import { may, queues } from "../../shared/store.js";
import { trying } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { house, lowRoom, platform, wrong } from "./house.js";

const w = (word, fill) => t(`wall/${word}`, fill);

export function House() {
  const at = house.value;
  return html`<section class="wl-house" aria-label=${w("house")}>
    <${Trunks} at=${at} /><${Partners} at=${at} /><${Recogniser} at=${at} /><${Media} at=${at} /><${Tape} at=${at} />
  </section>`;
}

/** A tile: its name, its state in one word, and on asking (a click, Enter) each thing in it. */
function Tile({ name, bad, state, rows }) {
  return html`<details class=${`wl-tile ${bad ? "bad" : ""}`}>
    <summary><span class="wl-dot" aria-hidden="true"></span><span class="wl-tile-name">${name}</span> <b>${state}</b></summary>
    ${rows.length > 0 && html`<ul>${rows}</ul>`}
  </details>`;
}

const Row = ({ bad, name, children }) => html`<li class=${bad ? "bad" : ""}><span>${name}</span><span>${children}</span></li>`;

function Trunks({ at }) {
  const bad = wrong.trunks(at);
  const up = at.trunks.length - bad.length;
  return html`<${Tile} name=${w("trunks")} bad=${bad.length} state=${w("of", { n: up, all: at.trunks.length })}
    rows=${[...at.trunks].sort((a, b) => (b.state === "down") - (a.state === "down")).map((one) => html`<${Row} key=${one.name} bad=${one.state === "down"} name=${one.label || one.name}>
      ${w(`trunk/${one.state}`)} · ${one.channels ? w("channels", { n: one.calls, all: one.channels }) : w("busy", { n: one.calls || 0 })}<//>`)} />`;
}

function Partners({ at }) {
  const bad = wrong.partners(at);
  return html`<${Tile} name=${w("partners")} bad=${bad.length} state=${bad.length ? w("troubled", { n: bad.length }) : at.partners.length ? w("fine") : w("nothing")}
    rows=${at.partners.map((one) => html`<${Row} key=${one.platform} bad=${bad.includes(one)} name=${platform(one.platform)}>
      ${w(`partner/${one.state}`)}${one.waiting ? ` · ${w("letters", { n: one.waiting })}` : ""}${one.oldest_minutes ? ` · ${w("oldest", { n: one.oldest_minutes })}` : ""}${
        one.parked + one.expired ? html` · <a href="#tickets/dead">${w("dead_letters", { n: one.parked + one.expired })}</a>` : ""}
      ${one.last_error && one.state !== "up" ? html`<small>${one.last_error}</small>` : ""}<//>`)} />`;
}

function Recogniser({ at }) {
  const { state, servers } = at.recogniser;
  return html`<${Tile} name=${w("recogniser")} bad=${wrong.recogniser(at)} state=${w(`ears/${state}`)}
    rows=${servers.map((one) => html`<${Row} key=${one.url} bad=${!one.up} name=${one.url}>
      ${w(`ears/${one.up ? (one.full ? "full" : "up") : "down"}`)} · ${w("streams", { n: one.streams })}<//>`)} />`;
}

function Media({ at }) {
  const { state, rtpengine } = at.media;
  return html`<${Tile} name=${w("media")} bad=${wrong.media(at)} state=${w(`media_state/${state}`)}
    rows=${rtpengine ? [html`<${Row} key="rtpengine" bad=${rtpengine === "down"} name=${w("rtpengine")}>${w(`media_state/${rtpengine}`)}<//>`] : []} />`;
}

function Tape({ at }) {
  const { state, open, free_mb: free } = at.recording;
  const low = lowRoom(at.recording);
  const rows = free === undefined ? [] : [html`<${Row} key="room" bad=${low} name=${w("room", { n: (free / 1024).toFixed(1) })}>${low ? w("low") : ""}<//>`];
  return html`<${Tile} name=${w("recording")} bad=${wrong.recording(at)} state=${low && state === "up" ? w("low") : w(`tape/${state}`)}
    rows=${[...rows, html`<${Row} key="open" name=${w("busy", { n: open })}><//>`]} />`;
}

const share = (value) => (value === null || value === undefined ? w("nothing") : `${(value * 100).toFixed(1)}%`);

/** 接通率, 早释率 of each platform and queue: the last hour and today. */
export function Rates() {
  const { queue_rates: ofQueues, platform_rates: ofPlatforms } = house.value;
  const live = Object.fromEntries(queues.value.queues.map((one) => [one.name, one]));
  const passed = queues.value.at ? Math.max(0, (beat.value - queues.value.at) / 1000) : 0;
  if (!ofQueues.length && !ofPlatforms.length) return html`<section class="card wl-rates"><h3>${w("rates")}</h3><p class="muted">${w("no_calls_yet")}</p></section>`;
  return html`<section class="card wl-rates" aria-label=${w("rates")}>
    <table class="table wl-table"><thead><tr><th scope="col">${w("rates")}</th><th scope="col">${w("waiting")}</th><th scope="col">${w("longest")}</th>
      <th scope="col">${w("answer_rate")}<small>${w("hour")} / ${w("today")}</small></th><th scope="col">${w("abandon_rate")}<small>${w("hour")} / ${w("today")}</small></th><th scope="col">${w("offered")}<small>${w("today")}</small></th></tr></thead>
    <tbody>
      ${ofQueues.map((one) => html`<${Rate} key=${`q${one.name}`} name=${one.name} rates=${one} live=${live[one.name]} passed=${passed} />`)}
      ${ofPlatforms.map((one) => html`<${Rate} key=${`p${one.platform}`} name=${platform(one.platform)} rates=${one} />`)}
    </tbody></table>
  </section>`;
}

function Rate({ name, rates: { hour, today }, live, passed = 0 }) {
  const longest = live && live.waiting ? Math.round(live.longest_wait + passed) : null;
  return html`<tr><th scope="row">${name}</th>
    <td class=${live?.waiting ? "wl-warn" : ""}>${live ? live.waiting : w("nothing")}</td>
    <td class=${longest > 60 ? "wl-bad" : ""}>${longest === null ? w("nothing") : w("seconds", { n: longest })}</td>
    <td><b>${share(hour.answer_rate)}</b> / ${share(today.answer_rate)}</td><td><b>${share(hour.abandon_rate)}</b> / ${share(today.abandon_rate)}</td><td>${today.offered}</td></tr>`;
}

/** The agents of the queues, and what a supervisor may make them. */
export function Agents() {
  const { agents } = queues.value;
  if (!agents.length) return null;
  const set = (number, state) => trying(() => put(`/api/v1/agents/${encodeURIComponent(number)}/state`, { state }));
  return html`<section class="card wl-agents" aria-label=${w("agents")}><h3>${w("agents")}</h3>
    <ul>${agents.map((one) => html`<li key=${one.number} class=${`wl-agent ${one.state}`}>
      <span><b>${one.name || one.number}</b> <small class="muted">${one.number}</small></span>
      <span class="wl-doing">${w(`doing/${one.state}`)}${one.paused ? html` <small>${w(`paused_by/${one.paused}`)}</small>` : ""}</span>
      ${may("transfer") && html`<button type="button" class="button small" onClick=${() => set(one.number, one.paused ? "ready" : "paused")}>${w(one.paused ? "set_ready" : "set_paused")}</button>`}
    </li>`)}</ul></section>`;
}
