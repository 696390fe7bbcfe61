// Figures of a period, beside those of the period before: charts, tables, files. One group of them at a time (#figures/GROUP).

import { html, signal, useMemo } from "../../vendor/preact.js";
import { get } from "../../shared/http.js";
import { Empty, Failed, Loading, useAnswer } from "../../shared/states.js";
import { style } from "../../shared/tabs.js";
import { Chart, bars, filled, lines } from "./chart.js";
import { PRESETS, asked, days, preset, sound } from "./period.js";
import { Downloads, Sheet } from "./table.js";
import { changed, column, w, written } from "./words.js";

style("/web/supervisor/figures/figures.css");

const period = signal(preset("month", new Date()));
const platform = signal("");

const GROUPS = {
  overview: ["summary"],
  trend: ["days", "hours", "calls", "call_platforms"],
  spread: ["classes", "counties", "platforms"],
  quality: ["on-time", "returns", "disputes"],
  hot: ["frequent", "places"],
};
const MOST_BARS = 15;

const platformName = (id, names) => names[id] || id || w("unknown");
/** What each is drawn of: lines over x, or bars with a name and a value; and which columns of the table stand beside it. */
const DRAWN = {
  days: { x: "day", of: ["tickets", "closed", "returned", "transfer_rate"], columns: ["day", "tickets", "transferred", "transfer_rate", "answer_average", "closed", "returned", "disputed"] },
  hours: { x: "hour", of: ["tickets", "transferred", "failed"], columns: ["hour", "tickets", "transferred", "failed", "transfer_rate", "answer_average"], more: { by: "of-day" } },
  calls: { x: "day", of: ["offered", "answer_rate", "abandon_rate"] },
  call_platforms: { path: "calls", more: { by: "platform" }, label: (row, names) => platformName(row.platform, names), value: "answer_rate" },
  classes: { label: (row) => row.name || row.category || w("unknown"), value: "tickets", columns: ["name", "tickets", "transfer_rate", "answer_average", "closed", "return_rate", "disputed"] },
  counties: { label: (row) => row.county || w("unknown"), value: "tickets", columns: ["county", "tickets", "urgent", "danger", "closed", "returned", "disputed"] },
  platforms: { label: (row, names) => `${row.from_platform}→${row.to_platform}`, value: "tickets", columns: ["from_platform", "to_platform", "tickets", "transfer_rate", "answer_average", "close_rate", "return_rate", "disputed"] },
  "on-time": { label: (row, names) => `${row.partner ?? row.platform} ${row.name}`, value: "on_time_rate", hides: ["kind"] },
  returns: { label: (row) => `${row.platform} ${row.name}`, value: "returns", hides: ["reason"] },
  disputes: { hides: ["incident", "category", "disputed"] },
  frequent: { label: (row) => row.request, value: "now", hides: ["category"] },
  places: { label: (row) => row.place, value: "now" },
};
const CARDS = ["tickets", "transfer_rate", "answer_average", "answer_rate", "abandon_rate", "on_time_rate", "return_rate", "disputed"];

export const query = (more = {}) => new URLSearchParams({ ...asked(period.value), ...(platform.value ? { platform: platform.value } : {}), ...more });

export default function Figures({ rest }) {
  const group = GROUPS[rest] ? rest : "overview";
  const { data: wall } = useAnswer(() => get("/api/v1/wall").catch(() => ({})), []);
  const names = wall?.names || {};
  return html`<div class="fg">
    <${Bar} group=${group} names=${names} />
    ${sound(period.value) ? GROUPS[group].map((name) => html`<${Figure} key=${name} name=${name} names=${names} />`) : html`<p class="state bad" role="alert">${w("wrong_dates")}</p>`}
  </div>`;
}

function Bar({ group, names }) {
  const set = (name) => (event) => { if (event.target.value) period.value = { ...period.value, [name]: event.target.value }; };
  const date = (name) => html`<label>${w(name)} <input class="input" type="date" value=${period.value[name]} onChange=${set(name)} /></label>`;
  return html`<section class="card fg-bar" aria-label=${w("period")}>
    <span class="fg-presets">${PRESETS.map((name) => {
    const that = preset(name, new Date());
    const now = that.from === period.value.from && that.to === period.value.to;
    return html`<button key=${name} type="button" class=${`button small ${now ? "primary" : ""}`} aria-pressed=${now} onClick=${() => { period.value = that; }}>${w(`preset/${name}`)}</button>`;
  })}</span>
    ${date("from")}${date("to")}
    <label>${w("platform")} <select value=${platform.value} onChange=${(event) => { platform.value = event.target.value; }}><option value="">${w("any")}</option>
      ${Object.entries(names).map(([id, name]) => html`<option value=${id} selected=${id === platform.value}>${name}（${id}）</option>`)}</select></label>
    <a class="button small" href="#report">${w("report")}</a>
    <nav class="fg-groups" aria-label=${w("name")}>${Object.keys(GROUPS).map((name) => html`<a key=${name} href=${`#figures/${name}`} aria-current=${name === group ? "page" : null}>${w(`group/${name}`)}</a>`)}</nav>
    <p class="muted">${w("range", { from: period.value.from, to: period.value.to, n: Math.max(0, days(period.value)) })}</p>
  </section>`;
}

function Figure({ name, names }) {
  const { path = name, more = {} } = DRAWN[name] || {};
  const address = `/api/v1/analysis/${path}?${query(more)}`;
  const { data, problem, busy, again } = useAnswer(() => get(address), [address]);
  const title = w(`titles/${name}`);
  return html`<section class="card fg-figure" aria-label=${title} aria-busy=${busy}>
    <header class="card-head"><h2>${title}</h2><${Downloads} path=${address} name=${title} file=${`${name}-${period.value.from}-${period.value.to}`} /></header>
    ${problem ? html`<${Failed} problem=${problem} again=${again} />` : !data ? html`<${Loading} />` : name === "summary" ? html`<${Summary} data=${data} />`
    : data.rows.length ? html`<${Drawn} name=${name} data=${data} names=${names} title=${title} />` : html`<${Empty} title=${w("none")} />`}
  </section>`;
}

function Drawn({ name, data, names, title }) {
  const { x, of, label, value, columns, hides = [] } = DRAWN[name];
  const known = (keys) => data.columns.filter(({ key }) => keys.includes(key)).map((one) => ({ ...one, name: column(one) }));
  const make = useMemo(() => {
    if (x) return lines(filled(data.rows, x, period.value, known(of)), known([x])[0], known(of));
    if (!label) return null;
    return bars(data.rows.slice(0, MOST_BARS), (row) => label(row, names), known([value])[0]);
  }, [data, names]);
  const shown = columns || data.columns.map(({ key }) => key).filter((key) => !hides.includes(key));
  return html`<div class=${make ? "fg-both" : ""}>${make && html`<${Chart} title=${w("chart", { title })} make=${make} data=${make} />`}
    <${Sheet} sheet=${data} columns=${shown} names=${names} caption=${title} /></div>`;
}

function Summary({ data }) {
  const by = Object.fromEntries(data.rows.map((row) => [row.figure, row]));
  return html`<dl class="fg-cards">${CARDS.map((key) => by[key]).filter(Boolean).map((row) => html`<div key=${row.figure}><dt>${w(`cards/${row.figure}`)}</dt>
      <dd><b>${written(row.now, row.unit)}</b><small>${w("before", { n: written(row.before, row.unit) })}</small><small>${difference(row)}</small></dd></div>`)}</dl>
    <${Sheet} sheet=${{ ...data, rows: data.rows.map((row) => ({ ...row, name: column({ key: row.figure, name: row.name }) })) }} columns=${["name", "now", "before", "change"]} caption=${w("titles/summary")} />`;
}

/** How it differs from before, in a word and a number: never by colour alone. */
export function difference({ now, before, change, unit }) {
  if (now === null || now === undefined) return "";
  if (before === null || before === undefined || (!before && now)) return w("new");
  if (now === before) return w("same");
  const by = unit === "share" ? w("points", { n: Math.abs((now - before) * 100).toFixed(1) }) : change === null ? written(Math.abs(now - before), unit) : changed(Math.abs(change)).replace("+", "");
  return w(now > before ? "up" : "down", { n: by });
}
