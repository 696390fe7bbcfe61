// 推荐类别: what the call seems to be, on which words, and what the official list says of it; accepted with one key, corrected by typing.

import { html, signal, useEffect, useRef, useState } from "../vendor/preact.js";
import { Direction, Evidence } from "../shared/advice.js";
import { get, put } from "../shared/http.js";
import { may } from "../shared/store.js";
import { useAnswer } from "../shared/states.js";
import { trying } from "../shared/toasts.js";
import { t, tone } from "../shared/words.js";
import { point } from "./stage.js";

/** Calls whose category is being typed. */
export const choosing = signal(null);

/** The best category now: the ticket's or draft's, else the first suggestion. */
export const category = (one) => (one.ticket || one.draft)?.category || one.advice?.ranked?.[0] || null;
const settled = (found) => found?.source === "agent";

export const setCategory = (call, id) => trying(() => put(`/api/v1/calls/${encodeURIComponent(call)}/category`, { id }));

/** With one key: what is suggested is right. */
export function accept(one) {
  const found = category(one);
  if (found && !settled(found) && may("transfer")) setCategory(one.call.id, found.id);
}

export function Category({ one }) {
  const found = category(one), others = (one.advice?.ranked || []).filter((other) => other.id !== found?.id);
  const typing = choosing.value === one.call.id;
  return html`<section class="card category-card" aria-label=${t("category/title")}>
    <div class="card-head"><h3>${t("category/title")}</h3>
      <span class="muted">${found ? t("category/annex", { n: found.list }) : ""}</span></div>
    ${typing ? html`<${Choose} call=${one.call.id} />` : found ? html`<${Found} one=${one} found=${found} />` : html`<p class="muted">${t("category/none")}</p>`}
    ${!found && !typing && may("transfer") && html`<button type="button" class="button small" data-do="choose" onClick=${() => { choosing.value = one.call.id; }}>${t("category/correct")}</button>`}
    <${Direction} advice=${one.advice} brief=${Boolean(found)} />
    ${others.length ? html`<p class="ranked"><span class="muted">${t("category/ranked")}</span>${others.slice(0, 3).map((other) => html`
      <button key=${other.id} type="button" class="button small" disabled=${!may("transfer")} onClick=${() => setCategory(one.call.id, other.id)}>${other.name}</button>`)}</p>` : null}
    ${one.advice?.lines?.length ? html`<p class="ranked"><span class="muted">${t("advice/lines")}</span>${one.advice.lines.map((other) => html`<span key=${other.id}>${other.name}</span>`)}</p>` : null}
  </section>`;
}

function Found({ one, found }) {
  return html`<div class="category-line"><p class=${`category who-${tone(found.to)}`}><b>${found.name}</b> ${found.urgent ? html`<em class="flag">${t("urgent")}</em>` : null}
      ${settled(found) ? html`<em class="flag good">${t("category/by_hand")}</em>` : null}</p><${Choice} one=${one} found=${found} /></div>
    <p class="muted">${t("category/to", { who: found.to })} ${found.evidence?.length ? html`· ${t("category/because")} <${Evidence} found=${found} point=${point} />` : null}</p>
    <${Official} id=${found.id} />`;
}

function Choice({ one, found }) {
  if (!may("transfer")) return null;
  return html`<p class="category-keys">
    ${!settled(found) && html`<button type="button" class="button small primary" data-do="accept-category" aria-keyshortcuts="Y" onClick=${() => accept(one)}>${t("category/accept")} <kbd>Y</kbd></button>`}
    <button type="button" class="button small" data-do="choose" aria-keyshortcuts="C" onClick=${() => { choosing.value = one.call.id; }}>${t("category/correct")}</button></p>`;
}

const lines = new Map();

/** What the official list says of it. */
function Official({ id }) {
  const { data } = useAnswer(() => lines.get(id) || get(`/api/v1/scope/${encodeURIComponent(id)}`).then((found) => { lines.set(id, found); return found; }), [id]);
  if (!data?.text) return null;
  return html`<blockquote class="official"><p>${data.text}</p><footer class="muted">${data.list}${data.rule ? ` · ${data.rule}` : ""}</footer></blockquote>`;
}

let everything = null;

/** Typing finds categories by name or id; Enter takes the first. */
function Choose({ call }) {
  const input = useRef(null), [all, setAll] = useState(everything || []), [typed, setTyped] = useState("");
  useEffect(() => {
    input.current.focus();
    if (!everything) get("/exchange/v1/categories").then((answer) => { everything = answer.categories; setAll(everything); }, () => {});
  }, []);
  const found = all.filter((one) => `${one.name} ${one.id} ${one.to}`.toLowerCase().includes(typed.trim().toLowerCase())).slice(0, 8);
  const close = () => { choosing.value = null; };
  const take = async (one) => { if (one && await setCategory(call, one.id)) close(); };
  const key = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    else if (event.key === "Enter") { event.preventDefault(); take(found[0]); }
  };
  return html`<div class="choose">
    <input ref=${input} class="input" type="text" maxlength="64" aria-label=${t("category/search")} placeholder=${t("category/search")} value=${typed}
      onInput=${(event) => setTyped(event.target.value)} onKeyDown=${key} />
    <ul>${found.map((one) => html`<li key=${one.id}><button type="button" class="button small" data-category=${one.id} onClick=${() => take(one)}>${one.name}<span class="muted">${one.to}</span></button></li>`)}</ul>
    ${all.length && !found.length ? html`<p class="muted">${t("category/nothing")}</p>` : null}
    <button type="button" class="button small" onClick=${close}>${t("elements/leave")}</button></div>`;
}
