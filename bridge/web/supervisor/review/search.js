// Finding archived calls: by words, number, place, class, agent, time and what reviewers did; newest first, page by page.

import { html, signal, useEffect } from "../../vendor/preact.js";
import { moment, span } from "../../shared/clock.js";
import { get } from "../../shared/http.js";
import { Empty, Failed, Loading, useAnswer } from "../../shared/states.js";
import { goTo } from "../../shared/tabs.js";
import { complain } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";

const EMPTY = { q: "", number: "", place: "", category: "", agent: "", since: "", until: "", review: "" };
const REVIEWED = ["unscored", "scored", "marked", "commented", "corrected"];

/** What was asked and found last: kept while one of the calls is looked at. */
const asked = signal(EMPTY);
const found = signal(null);
/** Grows when the fields are to be emptied. What stands in them is the browser's: drawing anew must not undo what somebody types. */
const emptied = signal(0);

/** A day (2026-03-05) as the query's time; whole: the end of it. */
export function dayTime(day, whole) {
  if (!day) return "";
  const at = new Date(`${day}T00:00:00`);
  if (whole) at.setDate(at.getDate() + 1);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

function query(wish, after) {
  const all = { ...wish, since: dayTime(wish.since, false), until: dayTime(wish.until, true), after, limit: 20 };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== "" && value !== null && value !== undefined));
}

async function look(wish, after = null) {
  found.value = after ? { ...found.value, busy: true } : { calls: [], busy: true };
  try {
    const page = await get(`/api/v1/reviews?${query(wish, after)}`);
    if (wish !== asked.value) return;
    found.value = { calls: [...(after ? found.value.calls : []), ...page.calls], next: page.next, busy: false };
  } catch (problem) {
    if (after) { complain(problem); found.value = { ...found.value, busy: false }; } else found.value = { problem, calls: [], busy: false };
  }
}

const search = (wish) => { asked.value = wish; return look(wish); };
const clear = () => { emptied.value += 1; return search({ ...EMPTY }); };

export function Search() {
  useEffect(() => { look(asked.value); }, []);
  const { calls = [], next, busy, problem } = found.value || {};
  return html`<div class="rv-search">
    <${Filters} />
    ${problem ? html`<${Failed} problem=${problem} again=${() => look(asked.value)} />`
      : !calls.length ? (busy ? html`<${Loading} />` : html`<${Empty} title=${t("rv/none")}>${t("rv/none_help")}</${Empty}>`)
      : html`<${Table} calls=${calls} />`}
    ${next && html`<p class="rv-more"><button type="button" class="button" disabled=${busy} onClick=${() => look(asked.value, next)}>${t(busy ? "rv/searching" : "rv/more")}</button></p>`}
  </div>`;
}

function Filters() {
  const { data } = useAnswer(() => get("/exchange/v1/categories"));
  const submit = (event) => {
    event.preventDefault();
    search(Object.fromEntries(Object.keys(EMPTY).map((name) => [name, event.target.elements[name].value.trim()])));
  };
  const wish = asked.value;
  const field = (name, label, more = {}) => html`<label>${label}<input class="input" name=${name} defaultValue=${wish[name]} ...${more} /></label>`;
  return html`<form class="rv-filters card" role="search" key=${emptied.value} onSubmit=${submit}>
    ${field("q", t("rv/q"), { maxLength: 100, type: "search" })}
    ${field("number", t("rv/number"), { maxLength: 32, inputMode: "tel" })}
    ${field("place", t("rv/place"), { maxLength: 64 })}
    <label>${t("rv/category")}<select class="input" name="category">
      <option value="">${t("rv/any")}</option>
      ${(data?.categories || []).map((one) => html`<option value=${one.id} selected=${one.id === wish.category}>${one.name}</option>`)}</select></label>
    ${field("agent", t("rv/agent"), { maxLength: 16 })}
    ${field("since", t("rv/since"), { type: "date" })}
    ${field("until", t("rv/until"), { type: "date" })}
    <label>${t("rv/state")}<select class="input" name="review">
      <option value="">${t("rv/any")}</option>
      ${REVIEWED.map((one) => html`<option value=${one} selected=${one === wish.review}>${t(`rv/reviewed/${one}`)}</option>`)}</select></label>
    <span class="rv-go"><button type="submit" class="button primary">${t("rv/search")}</button>
      <button type="button" class="button" onClick=${clear}>${t("rv/clear")}</button></span>
  </form>`;
}

function Table({ calls }) {
  return html`<div class="card rv-scroll"><table class="table rv-calls">
    <thead><tr>${["at", "caller", "agents", "category", "long", "text", "review", "total"].map((one) => html`<th scope="col">${t(`rv/col/${one}`)}</th>`)}</tr></thead>
    <tbody>${calls.map((call) => html`<${Row} key=${call.call} call=${call} />`)}</tbody>
  </table></div>`;
}

function Row({ call }) {
  const open = () => goTo(`review/call/${encodeURIComponent(call.call)}`);
  const signs = [["marks", call.marks], ["comments", call.comments], ["corrections", call.corrections]].filter(([, n]) => n);
  return html`<tr onClick=${open}>
    <td><a href=${`#review/call/${encodeURIComponent(call.call)}`} aria-label=${`${t("rv/open")} ${moment(call.started_at)}`}>${moment(call.started_at)}</a></td>
    <td>${call.caller || t("rv/unknown")}</td>
    <td>${agents(call.agents)}</td>
    <td>${call.category.name || "—"}</td>
    <td>${call.seconds === null ? "—" : span(call.seconds)}</td>
    <td class="rv-snippet">${call.snippet}</td>
    <td class="rv-signs">${call.recordings ? html`<span class="flag calm">${t("rv/recorded")}</span>` : null}
      ${signs.map(([name, n]) => html`<span class="flag calm">${t(`rv/${name}_n`, { n })}</span>`)}</td>
    <td>${call.total === null ? "—" : html`<b>${call.total}</b>`}</td>
  </tr>`;
}

export const agents = (list) => list.map((one) => (one.name ? `${one.name}（${one.number}）` : one.number)).join("、") || t("rv/nobody");
