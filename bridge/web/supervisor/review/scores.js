// What scores came to: averages by agent and period, and the list of them; both to be taken home as tables.

import { html, signal, useState } from "../../vendor/preact.js";
import { moment } from "../../shared/clock.js";
import { get } from "../../shared/http.js";
import { Empty, Failed, Loading, useAnswer } from "../../shared/states.js";
import { complain, trying } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { download } from "./files.js";
import { dayTime } from "./search.js";

const SPANS = ["day", "week", "month", "all"];
const asked = signal({ since: "", until: "", agent: "", by: "month" });

function query(more = {}) {
  const { since, until, agent, by } = asked.value;
  const all = { since: dayTime(since, false), until: dayTime(until, true), agent, by, ...more };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
}

export function Scores() {
  return html`<div class="rv-search"><${Filters} />
    <${Averages} key=${`a${query()}`} /><${List} key=${`l${query()}`} /></div>`;
}

function Filters() {
  const set = (name) => (event) => { asked.value = { ...asked.value, [name]: event.target.value.trim() }; };
  const wish = asked.value;
  return html`<form class="rv-filters card" onSubmit=${(event) => event.preventDefault()}>
    <label>${t("rv/since")}<input class="input" type="date" value=${wish.since} onChange=${set("since")} /></label>
    <label>${t("rv/until")}<input class="input" type="date" value=${wish.until} onChange=${set("until")} /></label>
    <label>${t("rv/agent")}<input class="input" maxlength="16" defaultValue=${wish.agent} onChange=${set("agent")} /></label>
    <label>${t("rv/by")}<select class="input" value=${wish.by} onChange=${set("by")}>${SPANS.map((one) => html`<option value=${one} selected=${one === wish.by}>${t(`rv/span/${one}`)}</option>`)}</select></label>
  </form>`;
}

function Files({ path, name }) {
  return html`<span>${["csv", "xlsx"].map((form) => html`<button type="button" class="button small"
    onClick=${() => trying(() => download(`${path}?${query({ format: form })}`, `${name}.${form}`))}>${t(`rv/${form}`)}</button> `)}</span>`;
}

function Averages() {
  const { data, problem, again } = useAnswer(() => get(`/api/v1/scores/averages?${query()}`));
  return html`<section class="card rv-scroll"><div class="card-head"><h3>${t("rv/averages")}</h3><${Files} path="/api/v1/scores/averages" name="averages" /></div>
    ${problem ? html`<${Failed} problem=${problem} again=${again} />` : !data ? html`<${Loading} />` : !data.rows.length ? html`<${Empty} title=${t("rv/no_scores")} />`
      : html`<table class="table"><thead><tr>${["col/agents", "period", "count", "average", "rate", "fatal"].map((one) => html`<th scope="col">${t(`rv/${one}`)}</th>`)}</tr></thead>
      <tbody>${data.rows.map((row) => html`<tr><td>${row.name ? `${row.name}（${row.agent}）` : row.agent || t("rv/nobody")}</td><td>${row.period}</td><td>${row.count}</td>
        <td><b>${row.average}</b></td><td>${Math.round(row.pass_rate * 1000) / 10}%</td><td>${row.fatal}</td></tr>`)}</tbody></table>`}</section>`;
}

function List() {
  const [pages, add] = useState([]);
  const { data, problem, again } = useAnswer(() => get(`/api/v1/scores?${query()}`));
  const rows = [...(data?.scores || []), ...pages.flatMap((page) => page.scores)];
  const next = pages.length ? pages.at(-1).next : data?.next;
  const more = () => get(`/api/v1/scores?${query({ after: next })}`).then((page) => add([...pages, page]), complain);
  return html`<section class="card rv-scroll"><div class="card-head"><h3>${t("rv/list")}</h3><${Files} path="/api/v1/scores" name="scores" /></div>
    ${problem ? html`<${Failed} problem=${problem} again=${again} />` : !data ? html`<${Loading} />` : !rows.length ? html`<${Empty} title=${t("rv/no_scores")} />`
      : html`<table class="table"><thead><tr>${["at", "agents", "total", "passed", "version", "by", "scored"].map((one) => html`<th scope="col">${t(`rv/col/${one}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${`${row.call}/${row.agent}`}><td><a href=${`#review/call/${encodeURIComponent(row.call)}`}>${moment(row.started_at)}</a></td>
        <td>${row.name ? `${row.name}（${row.agent}）` : row.agent || t("rv/nobody")}</td><td><b>${row.total}</b></td>
        <td><span class=${`flag ${row.passed ? "good" : ""}`}>${t(row.fatal ? "rv/fatal" : row.passed ? "rv/pass" : "rv/fail")}</span></td>
        <td>${row.version}</td><td>${row.by}</td><td>${moment(row.at)}</td></tr>`)}</tbody></table>`}
    ${next && html`<p class="rv-more"><button type="button" class="button" onClick=${more}>${t("rv/more")}</button></p>`}</section>`;
}
