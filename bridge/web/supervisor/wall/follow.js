// One call followed beside the list: who is in it, its captions as they come, its danger words and ticket, and listening in.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { callOf } from "../../shared/store.js";
import { badge, speaker, t, tone } from "../../shared/words.js";
import { Age, Flags, State } from "./calls.js";
import { Monitor } from "./monitor.js";
import { people, standing } from "./order.js";
import { caller, doing, who } from "./people.js";

const w = (word, fill) => t(`wall/${word}`, fill);
/** Utterances in the page at once. */
const MOST = 120;
/** Pixels from the end within which the captions follow what is said. */
const NEAR = 60;

export function Follow({ id, close }) {
  const one = callOf(id).value, head = useRef(null);
  useEffect(() => { head.current?.focus(); }, [id]);
  if (!one?.call) return html`<aside class="card wl-follow"><div class="state"><h3>${w("gone")}</h3><button type="button" class="button" onClick=${close}>${w("unfollow")}</button></div></aside>`;
  const { call } = one;
  return html`<aside class="card wl-follow" aria-label=${`${w("follow")} ${caller(call)}`} onKeyDown=${(event) => { if (event.key === "Escape") close(); }}>
    <header class="card-head"><h2 tabindex="-1" ref=${head}>${caller(call)}</h2><span><${Age} call=${call} /></span>
      <button type="button" class="quiet" aria-label=${w("unfollow")} onClick=${close}>×</button></header>
    <p class="wl-line"><${State} call=${call} /> <${Flags} call=${call} pending=${one.recogniser === "pending"} /></p>
    <ul class="wl-people" aria-label=${w("parties")}>${people(call).map((party) => html`<li key=${party.leg} class=${`who-${tone(party.speaker)}`}>
      ${who(party)} <small>${w(`leg/${doing(party)}`)}</small></li>`)}</ul>
    ${call.outcome ? html`<p class="muted">${w("ended")}</p>` : html`<${Monitor} call=${call} />`}
    <${Dangers} one=${one} />
    <${Captions} one=${one} />
    <${Paper} one=${one} />
  </aside>`;
}

function Dangers({ one }) {
  const alerts = standing(one);
  if (!alerts.length) return null;
  return html`<ul class="wl-dangers">${alerts.map((alert) => html`<li key=${alert.n}><b>⚠ ${alert.name || alert.danger}</b> <q>${alert.said}</q>${alert.advice ? html`<p>${alert.advice}</p>` : ""}</li>`)}</ul>`;
}

function Captions({ one: { call, transcript } }) {
  const box = useRef(null), [away, leave] = useState(false);
  const shown = transcript.slice(-MOST);
  useEffect(() => { if (!away && box.current) box.current.scrollTop = box.current.scrollHeight; }, [transcript, away]);
  const scrolled = () => leave(box.current.scrollHeight - box.current.scrollTop - box.current.clientHeight > NEAR);
  return html`<div class="wl-captions-box">
    <ol class="wl-captions" ref=${box} onScroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${w("col/last")}>
      ${shown.length ? shown.map((item) => html`<li key=${item.id || `${item.leg}/${item.start}`} class=${`who-${tone(item.speaker)} ${item.final ? "" : "live"}`}>
        <span class="wl-badge" aria-hidden="true">${badge(item.speaker)}</span><p><b class="unseen">${speaker(item.speaker)}</b>${item.readable || item.text}</p></li>`) : html`<li class="muted">${w("nobody")}</li>`}
    </ol>
    ${away && html`<button type="button" class="button small wl-jump" onClick=${() => leave(false)}>${w("jump")}</button>`}
  </div>`;
}

function Paper({ one }) {
  const paper = one.ticket || one.draft;
  const said = Object.entries(paper?.elements || {}).filter(([, element]) => element?.value);
  return html`<section class="wl-paper"><h3>${w("draft")}</h3>
    ${paper?.category && html`<p><span class="muted">${w("category")}</span> <b>${paper.category.name || paper.category.id}</b></p>`}
    ${said.length ? html`<dl>${said.map(([name, element]) => html`<div key=${name}><dt>${w(`elements/${name}`)}</dt><dd>${element.resolved || element.value}</dd></div>`)}</dl>`
    : html`<p class="muted">${w("no_draft")}</p>`}</section>`;
}
