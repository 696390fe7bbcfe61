// One ticket with everything of it: elements, path with times, steps, deadlines, linked tickets, deliveries, letters to send again.

import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { moment } from "../../shared/clock.js";
import { Dialog } from "../../shared/dialog.js";
import { get, post } from "../../shared/http.js";
import { Failed, Loading, useAnswer } from "../../shared/states.js";
import { may } from "../../shared/store.js";
import { toast, trying } from "../../shared/toasts.js";
import { Flags } from "./tickets.js";
import { Way } from "./way.js";
import { deadlineLine, deadlineTone, deliveryWord, platform, stateTone, w, when } from "./words_of.js";

const ORDER = ["who", "contact", "when", "where", "what"];

export function Dossier({ id, list, news, changed, close }) {
  const { data, problem, busy, again } = useAnswer(() => get(`/api/v1/dossiers/${encodeURIComponent(id)}`), [id, news]);
  const head = useRef(null);
  useEffect(() => { if (data) head.current?.focus(); }, [Boolean(data)]);
  const done = () => { again(); changed(); };
  return html`<aside class="card tk-dossier" aria-label=${`${w("name")} ${id}`} aria-busy=${busy} onKeyDown=${(event) => { if (event.key === "Escape" && !event.target.closest("dialog")) close(); }}>
    <header class="card-head"><h2 tabindex="-1" ref=${head}>${id}</h2><button type="button" class="quiet" aria-label=${w("close")} onClick=${close}>×</button></header>
    ${problem && !data ? html`<${Failed} problem=${problem} again=${again} />` : !data ? html`<${Loading} />` : html`<${Whole} data=${data} list=${list} done=${done} />`}
  </aside>`;
}

function Whole({ data, list, done }) {
  const { names } = data;
  return html`
    <p class="tk-line"><span class=${`flag ${stateTone(data.state)}`}>${w(`states/${data.state}`)}</span> ${data.urgency !== "normal" && html`<span class="flag">${w(`urgency/${data.urgency}`)}</span> `}
      <${Flags} row=${{ ...data, dead: data.dead.length, waiting: 0 }} /> <span class="muted">${moment(data.opened_at)} · ${w(`channel/${data.channel}`)}${
  Object.entries(data.numbers).map(([at, number]) => ` · ${at} ${w("number", { n: number })}`).join("")}</span> <${Urge} data=${data} done=${done} /></p>
    <h3>${w("path")}</h3><${Way} hops=${data.path} names=${names} />
    <${Papers} papers=${data.papers} data=${data} />
    <h3>${w("deadlines")}</h3>${data.deadlines.length ? html`<ul class="tk-rows">${data.deadlines.map((one) => html`<li key=${`${one.kind}/${one.since}`}>
      <span class=${`flag ${deadlineTone(one)}`}>${deadlineLine(one)}</span> <span>${platform(one.partner, names)} · ${w("due", { at: moment(one.due) })}</span> ${one.rule && html`<small class="muted">${w("rule", { rule: one.rule })}</small>`}</li>`)}</ul>`
    : html`<p class="muted">${w("no_deadlines")}</p>`}
    <${Deliveries} data=${data} done=${done} />
    <h3>${w("links")}</h3>${data.links.length ? html`<ul class="tk-rows">${data.links.map((link) => html`<li key=${link.ticket}><b>${w(`kin/${link.kin}`)}</b>
      ${link.state ? html`<a href=${`#tickets/${list}/${encodeURIComponent(link.ticket)}`}>${link.ticket}</a> <span class="flag calm">${w(`states/${link.state}`)}</span>` : html`<span>${link.ticket}</span> <span class="muted">${w("not_here")}</span>`}</li>`)}</ul>`
    : html`<p class="muted">${w("no_links")}</p>`}
    <h3>${w("steps")}</h3><ol class="tk-steps">${data.steps.map((step, place) => html`<li key=${place}>
      <time datetime=${step.at}>${when(step.at)}</time> <b>${step.title}</b> <span>${step.by ? platform(step.by, names) : w("system")}${step.who ? ` ${step.who}` : ""}${
  step.to ? ` ${w("to", { who: step.to })}` : ""}${step.owner && step.name !== "link" ? ` ${w("owner", { who: platform(step.owner, names) })}` : ""}</span>${step.reason && html`<p>${step.reason}</p>`}</li>`)}</ol>`;
}

function Papers({ papers, data }) {
  if (!papers) return html`<h3>${w("elements_title")}</h3><p class="muted">${w("no_papers")}</p>`;
  const { elements = {}, category, version } = papers;
  return html`<h3>${w("elements_title")} <small class="muted">${w("version", { n: version })}${category ? ` · ${category.name || data.categories[category.id] || category.id}` : ""}</small></h3>
    <dl class="tk-elements">${ORDER.map((name) => html`<div key=${name}><dt>${w(`elements/${name}`)}</dt><dd>${elements[name]?.resolved || elements[name]?.value || html`<span class="muted">${w("empty_value")}</span>`}</dd></div>`)}</dl>`;
}

function Deliveries({ data, done }) {
  const [busy, setBusy] = useState("");
  const replay = async (letter) => {
    setBusy(letter.id);
    if (await trying(() => post(`/api/v1/outbox/${encodeURIComponent(letter.id)}/replay`))) { toast(w("replayed"), "good"); done(); }
    setBusy("");
  };
  return html`<h3>${w("deliveries")}</h3>
    ${data.deliveries.length ? html`<ul class="tk-rows">${data.deliveries.map((one) => html`<li key=${one.platform}><b>${platform(one.platform, data.names)}</b>
      <span class=${`flag ${one.state === "dead" ? "" : ["queued", "retrying"].includes(one.state) ? "busy" : "good"}`}>${deliveryWord(one.state)}</span>
      <span class="muted">${one.version ? w("version", { n: one.version }) : ""} ${one.delivered_at ? when(one.delivered_at) : ""} ${one.waiting ? w("flag/waiting", { n: one.waiting }) : ""}</span>
      ${one.trouble && html`<small class="tk-trouble">${one.trouble}</small>`}</li>`)}</ul>` : html`<p class="muted">${w("no_letters")}</p>`}
    ${data.dead.length > 0 && html`<h4>${w("letters")}</h4><ul class="tk-rows">${data.dead.map((letter) => html`<li key=${letter.id}>
      <span class="flag">${w(`letter/${letter.state}`)}</span> <span>${platform(letter.platform, data.names)} · ${w(`kind/${letter.kind}`)} · ${when(letter.created_at)} · ${w("attempts", { n: letter.attempts })}</span>
      <small class="tk-trouble">${letter.trouble}</small>
      ${may("review") && html`<button type="button" class="button small" disabled=${busy === letter.id} onClick=${() => replay(letter)}>${w("replay")}</button>`}</li>`)}</ul>`}`;
}

/** 督办, where the table allows it to our platform. */
function Urge({ data, done }) {
  const [asking, ask] = useState(false);
  if (!data.may.includes("urge") || !may("tickets", "exchange")) return null;
  const send = async (event) => {
    event.preventDefault();
    const reason = event.target.elements.reason.value.trim();
    if (!await trying(() => post(`/exchange/v1/tickets/${encodeURIComponent(data.ticket)}/urge`, { reason }))) return;
    ask(false);
    toast(w("urged_now", { who: platform(data.holder, data.names) }), "good");
    done();
  };
  return html`<button type="button" class="button small" onClick=${() => ask(true)}>${w("urge")}</button>
    ${asking && html`<${Dialog} title=${w("urge_title")} close=${() => ask(false)}><form onSubmit=${send}>
      <p class="muted">${data.ticket} · ${w("at_work", { who: platform(data.holder, data.names) })}</p>
      <label for="tk-why">${w("urge_why")}</label><textarea id="tk-why" name="reason" rows="3" maxlength="4000" data-first></textarea>
      <button class="button primary" type="submit">${w("urge_do")}</button></form><//>`}`;
}
