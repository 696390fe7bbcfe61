// The monthly report: one month for the joint meeting, on A4, readable in black and white (#report/2026-03).

import { html, signal } from "../../vendor/preact.js";
import { moment } from "../../shared/clock.js";
import { get } from "../../shared/http.js";
import { Failed, Loading, useAnswer } from "../../shared/states.js";
import { goTo, style } from "../../shared/tabs.js";
import { save, cell } from "../figures/table.js";
import { changed, shift, written } from "../figures/words.js";
import { Bars } from "./bars.js";
import { w } from "./words.js";

style("/web/supervisor/report/report.css");

const two = (number) => String(number).padStart(2, "0");
/** Last month: the one the meeting is about. */
function lastMonth() {
  const now = new Date();
  const at = new Date(now.getFullYear(), now.getMonth() - 1, 1);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}`;
}
/** Days of a month. */
const length = (month) => new Date(...month.split("-").map(Number), 0).getDate();
const platform = signal("");

export default function Report({ rest }) {
  const month = /^\d{4}-\d{2}$/.test(rest || "") ? rest : lastMonth();
  const path = `/api/v1/analysis/report?${new URLSearchParams({ month, ...(platform.value ? { platform: platform.value } : {}) })}`;
  const { data, problem, busy, again } = useAnswer(() => get(path), [path]);
  return html`<div class="rp" aria-busy=${busy}>
    <${Bar} month=${month} path=${path} names=${data?.names || {}} />
    ${problem ? html`<${Failed} problem=${problem} again=${again} />` : !data ? html`<${Loading} />` : html`<${Paper} data=${data} />`}
  </div>`;
}

function Bar({ month, path, names }) {
  return html`<section class="card rp-bar">
    <label>${w("month")} <input id="rp-month" class="input" type="month" value=${month} onChange=${(event) => { if (event.target.value) goTo(`report/${event.target.value}`); }} /></label>
    <label>${w("platform")} <select value=${platform.value} onChange=${(event) => { platform.value = event.target.value; }}><option value="">${w("any")}</option>
      ${Object.entries(names).map(([id, name]) => html`<option value=${id} selected=${id === platform.value}>${name}（${id}）</option>`)}</select></label>
    <button type="button" class="button primary" onClick=${() => window.print()}>${w("print")}</button>
    <button type="button" class="button" onClick=${() => save(`${path}&format=xlsx`, `report-${month}.xlsx`)}>${w("xlsx")}</button>
  </section>`;
}

function Paper({ data }) {
  const { sheets, names, most } = data, [year, month] = data.month.split("-");
  const by = Object.fromEntries(sheets.summary.rows.map((row) => [row.figure, row]));
  const list = (sheet, columns, widths) => html`<${List} sheet=${sheets[sheet]} columns=${columns} names=${names} most=${most} kind=${widths || ""} />`;
  return html`<article class="rp-paper" lang="zh-CN">
    <header class="rp-head"><h1>${w("title")}</h1><p class="rp-sub">${w("subtitle", { year, month: Number(month) })}</p>
      <p>${data.platform ? w("only", { name: names[data.platform] || data.platform }) : w("whole")} · ${w("span", { from: `${data.month}-01`, to: `${data.month}-${two(length(data.month))}` })} · ${w("made", { at: moment(data.made_at) })}</p>
      ${!data.whole && html`<p class="rp-part"><b>${w("part")}</b></p>`}</header>
    <section><h2>${w("s1")}</h2><${Story} by=${by} sheets=${sheets} /><${Overall} rows=${sheets.summary.rows} /></section>
    <section class="rp-new"><h2>${w("s2")}</h2><${Trends} data=${data} /></section>
    <section><h2>${w("s3")}</h2>${list("call_platforms")}</section>
    <section><h2>${w("s4")}</h2>
      <h3>${w("platforms")}</h3>${list("platforms", ["from_platform", "to_platform", "tickets", "transfer_rate", "answer_average", "closed", "returned", "disputed"])}
      <h3>${w("classes")}</h3>${list("classes", ["name", "tickets", "urgent", "danger", "transfer_rate", "closed", "returned", "disputed"])}
      <h3>${w("counties")}</h3>${list("counties", ["county", "tickets", "urgent", "danger", "closed", "returned", "disputed"])}</section>
    <section><h2>${w("s5")}</h2><h3>${w("on_time")}</h3>${list("on_time", ["platform", "name", "met", "missed", "overdue", "on_time_rate"])}
      <h3>${w("returns")}</h3>${list("returns", ["platform", "name", "returns"])}</section>
    <section class="rp-new"><h2>${w("s6")}</h2>${list("disputes", ["ticket", "opened_at", "from_platform", "to_platform", "holder", "state", "name", "said"], "wide")}</section>
    <section><h2>${w("s7")}</h2><p class="rp-note">${w("overdue_note")}</p>${list("overdue", ["ticket", "partner", "kind", "due", "late", "state", "category", "urged"])}</section>
    <section><h2>${w("s8")}</h2>${list("frequent", ["name", "request", "now", "before", "change"], "words")}</section>
    <section><h2>${w("s9")}</h2>${list("places", ["county", "place", "now", "before", "change"])}</section>
    <section class="rp-new"><h2>${w("s10")}</h2>${list("days", ["day", "tickets", "transferred", "transfer_rate", "answer_average", "accepted", "closed", "returned", "disputed"])}</section>
    <footer class="rp-sign"><span>${w("made_by")}</span><span>${w("checked_by")}</span></footer>
  </article>`;
}

/** The month in sentences, for who reads only the first page. */
function Story({ by, sheets }) {
  const said = (key, part = "now") => written(by[key]?.[part], by[key]?.unit);
  const more = by.tickets.now - by.tickets.before;
  const change = by.tickets.change === null || !more ? "" : w("say_change", { more: w(more > 0 ? "more_word" : "less_word"), n: changed(Math.abs(by.tickets.change)).replace("+", "") });
  return html`<ul class="rp-story">
    <li>${w("say_tickets", { now: said("tickets"), before: said("tickets", "before"), change })}</li>
    <li>${w("say_transfer", { now: said("transfer_rate"), before: said("transfer_rate", "before"), seconds: said("answer_average") })}</li>
    <li>${w("say_answer", { now: said("answer_rate"), before: said("answer_rate", "before"), early: said("abandon_rate"), early_before: said("abandon_rate", "before") })}</li>
    <li>${w("say_time", { now: said("on_time_rate"), before: said("on_time_rate", "before"), late: sheets.overdue.rows.length })}</li>
    <li>${w("say_dispute", { returns: said("returns"), disputes: said("disputed") })}</li></ul>`;
}

/** All figures in two columns of one table: they fit the first page. */
function Overall({ rows }) {
  const half = Math.ceil(rows.length / 2);
  const cells = (row) => (row ? html`<th scope="row">${row.name}</th><td class="n">${written(row.now, row.unit)}</td><td class="n">${written(row.before, row.unit)}</td><td class="n">${shift(row)}</td>` : html`<td colspan="4"></td>`);
  const head = html`<th scope="col">${w("figure")}</th><th scope="col" class="n">${w("now")}</th><th scope="col" class="n">${w("before")}</th><th scope="col" class="n">${w("change")}</th>`;
  return html`<table class="rp-table rp-overall"><thead><tr>${head}${head}</tr></thead><tbody>${rows.slice(0, half).map((row, n) => html`<tr key=${row.figure}>${cells(row)}${cells(rows[n + half])}</tr>`)}</tbody></table>`;
}

function Trends({ data }) {
  const days = Object.fromEntries(data.sheets.days.rows.map((row) => [row.day, row.tickets])), hours = Object.fromEntries(data.sheets.of_day.rows.map((row) => [row.hour, row.tickets]));
  return html`<${Bars} title=${w("by_day")} values=${Array.from({ length: length(data.month) }, (_, n) => ({ label: String(n + 1), value: days[`${data.month}-${two(n + 1)}`] || 0 }))} />
    <${Bars} title=${w("by_hour")} values=${Array.from({ length: 24 }, (_, hour) => ({ label: String(hour), value: hours[hour] || 0 }))} />`;
}

function List({ sheet, columns, names, most, kind }) {
  if (!sheet.rows.length) return html`<p class="rp-note">${w("no_rows")}</p>`;
  const shown = columns ? columns.map((key) => sheet.columns.find((one) => one.key === key)).filter(Boolean) : sheet.columns;
  return html`<table class=${`rp-table ${kind}`}><thead><tr>${shown.map((one) => html`<th scope="col" key=${one.key} class=${one.unit === "text" ? "" : "n"}>${one.name}</th>`)}</tr></thead>
    <tbody>${sheet.rows.map((row, n) => html`<tr key=${n}>${shown.map((one) => html`<td key=${one.key} class=${one.unit === "text" ? `c-${one.key}` : "n"}>${cell(row, one, names)}</td>`)}</tr>`)}</tbody></table>
    ${sheet.rows.length >= most && html`<p class="rp-note">${w("more", { n: most })}</p>`}`;
}
