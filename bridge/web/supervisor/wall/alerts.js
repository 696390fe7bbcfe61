// Words of danger over all calls: they stand out at the head of the wall until somebody says "seen", and are read out once.

import { html, signal, useRef } from "../../vendor/preact.js";
import { changed, known, peekAll } from "../../shared/store.js";
import { hear } from "../../shared/live.js";
import { t } from "../../shared/words.js";
import { standing } from "./order.js";
import { caller } from "./people.js";

const w = (word, fill) => t(`wall/${word}`, fill);
/** Lines at once; the others are counted. */
const MOST = 3;

/** "call/n" of the alerts that were seen. */
const seen = signal(new Set());
/** Grows with every alert: lists of calls with alerts are made anew. */
export const alarms = signal(0);

hear("alert", () => { alarms.value += 1; });

function see(keys) { seen.value = new Set([...seen.value, ...keys]); }

/** When it was said, in ms. */
const said = ({ one, alert }) => Date.parse(one.call.started_at) + alert.at * 1000;

/** open(call): follow it. */
export function Alerts({ open }) {
  changed.value; alarms.value; known.value;
  const list = peekAll().filter((one) => !one.call.outcome)
    .flatMap((one) => standing(one).map((alert) => ({ one, alert, key: `${one.call.id}/${alert.n}` })))
    .filter(({ key }) => !seen.value.has(key)).sort((a, b) => said(b) - said(a));
  const spoken = useRef({ text: "", keys: new Set() }).current, newest = list[0];
  if (newest && !spoken.keys.has(newest.key)) {  // each is read out once, also those that stand when the page opens
    spoken.keys.add(newest.key);
    spoken.text = w("alert_new", { name: newest.alert.name || newest.alert.danger, who: caller(newest.one.call), said: newest.alert.said });
  }
  return html`<div class="wl-alerts">
    <p class="unseen" role="alert" aria-live="assertive">${spoken.text}</p>
    ${list.length > 0 && html`<section class="wl-alarm" aria-label=${w("alerts")}>
      <h3>⚠ ${w("alerts")} <b>${list.length}</b></h3>
      <ul>${list.slice(0, MOST).map(({ one, alert, key }) => html`<li key=${key} class=${alert.state}>
        <b>${alert.name || alert.danger}</b> <q>${alert.said}</q> <span>${w(`alert_state/${alert.state}`)}</span> <span class="wl-alarm-who">${caller(one.call)}</span>
        <button type="button" class="button small" onClick=${() => { see([key]); open(one.call.id); }}>${w("go")}</button>
        <button type="button" class="button small" onClick=${() => see([key])}>${w("seen")}</button></li>`)}</ul>
      ${list.length > MOST && html`<p>${w("alerts_more", { n: list.length - MOST })}</p>`}
      ${list.length > 1 && html`<button type="button" class="button small" onClick=${() => see(list.map(({ key }) => key))}>${w("seen_all")}</button>`}
    </section>`}
  </div>`;
}
