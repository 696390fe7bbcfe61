// Tickets by what is the matter with them, and one of them with everything (#tickets/LIST/ID).

import { html, useEffect, useState } from "../../vendor/preact.js";
import { get } from "../../shared/http.js";
import { hear } from "../../shared/live.js";
import { Empty, Failed, Loading } from "../../shared/states.js";
import { goTo, style } from "../../shared/tabs.js";
import { complain } from "../../shared/toasts.js";
import { moment } from "../../shared/clock.js";
import { Dossier } from "./dossier.js";
import { deadlineLine, platform, stateTone, w } from "./words_of.js";
import "./words.js";

style("/web/supervisor/tickets/tickets.css");

const LISTS = ["overdue", "disputed", "dead", "open", "all"];
const STATES = ["draft", "delivered", "accepted", "handling", "feedback", "returned", "negotiating", "closed", "withdrawn"];
const MOST = 50;
/** Rows in the page at once: older ones take the place of the newest. */
const CAP = 500;

const path = (list, filters, after) => {
  const asked = new URLSearchParams({ most: MOST, ...(list === "all" ? {} : { only: list }) });
  for (const [name, value] of Object.entries({ ...filters, after })) if (value) asked.set(name, value);
  return `/api/v1/tickets?${asked}`;
};

export default function Tickets({ rest }) {
  const [place, ...more] = (rest || "").split("/");
  const list = LISTS.includes(place) ? place : "overdue";
  const ticket = decodeURIComponent(more.join("/"));
  const [filters, filter] = useState({ partner: "", state: "", platform: "" });
  const [page, setPage] = useState({ rows: [], next: null, counts: null, names: {}, busy: true, problem: null });
  const [news, setNews] = useState(0);

  const load = async (after = "") => {
    setPage((old) => ({ ...old, busy: true }));
    try {
      const found = await get(path(list, filters, after));
      setPage((old) => ({
        rows: after ? [...old.rows, ...found.tickets].slice(-CAP) : found.tickets, next: found.next, counts: found.counts || old.counts,
        names: found.names, busy: false, problem: null,
      }));
      if (!after) setNews(0);
    } catch (problem) {
      if (after) complain(problem);
      setPage((old) => ({ ...old, busy: false, problem: after ? null : problem }));
    }
  };
  useEffect(() => { setPage((old) => ({ ...old, rows: [] })); load(); }, [list, filters]);
  useEffect(() => {
    const stops = ["handling", "deadline", "delivery"].map((type) => hear(type, () => setNews((n) => n + 1)));
    return () => stops.forEach((stop) => stop());
  }, []);

  const open = (id) => goTo(`tickets/${list}/${encodeURIComponent(id)}`);
  return html`<div class=${`tk ${ticket ? "reading" : ""}`}>
    <section class="card tk-list">
      <${Bar} list=${list} counts=${page.counts} filters=${filters} filter=${filter} names=${page.names} news=${news} refresh=${() => load()} open=${open} />
      <div class="tk-scroll">
        ${page.problem ? html`<${Failed} problem=${page.problem} again=${() => load()} />`
    : !page.rows.length ? (page.busy ? html`<${Loading} />` : html`<${Empty} title=${w(`none/${list === "all" ? "" : list}`)} />`)
    : html`<table class="table"><thead><tr>${["ticket", "request", "way", "state", "deadline", "flags"].map((col) => html`<th scope="col" class=${`c-${col}`}>${w(`col/${col}`)}</th>`)}</tr></thead>
          <tbody>${page.rows.map((row) => html`<${Row} key=${row.ticket} row=${row} names=${page.names} chosen=${row.ticket === ticket} open=${open} />`)}</tbody></table>
          ${page.next && html`<p class="tk-more"><button type="button" class="button" disabled=${page.busy} onClick=${() => load(page.next)}>${w("older")}</button></p>`}`}
      </div>
    </section>
    ${ticket && html`<${Dossier} key=${ticket} id=${ticket} list=${list} news=${news} changed=${() => load()} close=${() => goTo(`tickets/${list}`)} />`}
  </div>`;
}

function Bar({ list, counts, filters, filter, names, news, refresh, open }) {
  const number = (name) => (name === "open" ? STATES.reduce((sum, state) => sum + (counts?.[state] || 0), 0) : counts?.[name]);
  const pick = (name, word, values) => html`<label>${w(word)} <select value=${filters[name]} onChange=${(event) => filter({ ...filters, [name]: event.target.value })}>
    <option value="">${w("any")}</option>${values.map(([value, text]) => html`<option value=${value} selected=${filters[name] === value}>${text}</option>`)}</select></label>`;
  const look = (event) => {
    event.preventDefault();
    const id = event.target.elements.ticket.value.trim();
    if (id) open(id);
  };
  return html`<div class="tk-bar">
    <nav class="tk-lists" aria-label=${w("lists")}>${LISTS.map((name) => html`<a key=${name} href=${`#tickets/${name}`} aria-current=${name === list ? "page" : null}>
      ${w(name)}${name !== "all" && counts ? html` <b class=${number(name) && name !== "open" ? "tk-some" : ""}>${number(name)}</b>` : ""}</a>`)}</nav>
    ${pick("partner", "partner", Object.keys(names).map((id) => [id, platform(id, names)]))}${pick("state", "state", STATES.map((state) => [state, w(`states/${state}`)]))}
    <form onSubmit=${look}><input class="input" name="ticket" aria-label=${w("find")} placeholder=${w("find")} maxlength="128" spellcheck=${false} /> <button class="button small" type="submit">${w("go")}</button></form>
    <button type="button" class="button small" onClick=${refresh}>${w("refresh")}</button><span class="tk-news" role="status">${news ? w("fresh") : ""}</span>
  </div>`;
}

function Row({ row, names, chosen, open }) {
  return html`<tr aria-selected=${chosen ? "true" : "false"} onClick=${() => open(row.ticket)}>
    <td class="c-ticket"><button type="button" class="tk-open" onClick=${(event) => { event.stopPropagation(); open(row.ticket); }}>${row.ticket}</button><small>${moment(row.opened_at)}</small></td>
    <td class="c-request"><span class="tk-request">${row.request || w("no_request")}</span><small>${[row.county, w(`channel/${row.channel}`)].filter(Boolean).join(" · ")}</small></td>
    <td class="c-way">${row.path.join(" → ")}</td>
    <td class="c-state"><span class=${`flag ${stateTone(row.state)}`}>${w(`states/${row.state}`)}</span>${row.urgency !== "normal" && html` <span class="flag">${w(`urgency/${row.urgency}`)}</span>`}
      <small>${["closed", "withdrawn"].includes(row.state) ? "" : w("at_work", { who: names[row.holder] || row.holder })}</small></td>
    <td class="c-deadline">${row.deadline ? html`<span class=${row.deadline.overdue ? "tk-late" : ""}>${deadlineLine(row.deadline)}</span>` : "—"}</td>
    <td class="c-flags"><${Flags} row=${row} /></td></tr>`;
}

export function Flags({ row }) {
  return html`${row.dead > 0 && html`<span class="flag">${w("flag/dead", { n: row.dead })}</span> `}${row.disputed && html`<span class="flag busy">${w("flag/disputed")}</span> `}
    ${row.returns > 0 && html`<span class="flag busy">${w("flag/returned", { n: row.returns })}</span> `}${row.urged > 0 && html`<span class="flag busy">${w("flag/urged", { n: row.urged })}</span> `}
    ${row.reopened > 0 && html`<span class="flag calm">${w("flag/reopened", { n: row.reopened })}</span> `}${row.waiting > 0 && html`<span class="flag calm">${w("flag/waiting", { n: row.waiting })}</span>`}`;
}
