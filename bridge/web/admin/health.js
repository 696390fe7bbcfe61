// How the parts are, and the latest troubles of each kind with what to do about them.

import { html } from "../vendor/preact.js";
import { get } from "../shared/http.js";
import { Empty, useAnswer } from "../shared/states.js";
import { t } from "../shared/words.js";
import { State, Tab } from "./parts.js";
import { time } from "./words.js";

export default function Health() {
  const answer = useAnswer(async () => ({ ...await get("/api/v1/admin/troubles"), status: await get("/api/v1/status") }));
  return html`<${Tab} title=${t("health/title")} answer=${answer}>${({ troubles, status }) => html`
    <div class="adm-cards"><${Numbers} status=${status} /><${Recognisers} status=${status} /><${Partners} status=${status} /></div>
    <h2 class="adm-second">${t("health/troubles")}</h2>
    ${troubles.length ? html`<div class="adm-troubles">${troubles.map((one) => html`<${Trouble} key=${one.kind} trouble=${one} />`)}</div>`
    : html`<${Empty} title=${t("health/empty")} />`}`}<//>`;
}

const Numbers = ({ status }) => html`<article class="card"><h3>SIP</h3><dl class="adm-facts">
  <div><dt>${t("health/calls")}</dt><dd>${status.calls}</dd></div><div><dt>${t("health/phones")}</dt><dd>${status.phones.length}</dd></div></dl></article>`;

const Recognisers = ({ status }) => html`<article class="card"><h3>${t("health/recognisers")}</h3>${!status.recogniser
  ? html`<p class="muted">${t("health/asr_off")}</p>`
  : html`<ul class="adm-list">${(status.recognisers || []).map((one) => html`<li key=${one.url}><${State} of=${one.up ? "up" : "down"} /> <code>${one.url}</code>
    <span class="muted"> ${t("health/streams", { n: one.streams })} ${one.model}</span></li>`)}</ul>`}</article>`;

function Partners({ status }) {
  const list = status.partners || [];
  return html`<article class="card"><h3>${t("health/partners")}</h3>${list.length ? html`<ul class="adm-list">${list.map((one) => html`
    <li key=${one.platform}><b>${one.platform}</b> <${State} of=${one.state === "up" ? "up" : one.state === "down" ? "down" : "suspect"} />
      <span class="muted"> ${t("health/waiting", { n: one.waiting })} · ${t("health/parked", { n: one.parked })} · ${t("health/expired", { n: one.expired })}${
        one.oldest_seconds ? ` · ${t("health/oldest", { n: one.oldest_seconds })}` : ""}</span>
      ${one.last_error && html`<div class="adm-bad">${t("health/last_error", { text: one.last_error })}（${time(one.last_error_at)}）</div>`}</li>`)}</ul>`
    : html`<p class="muted">${t("health/no_partners")}</p>`}</article>`;
}

function Trouble({ trouble }) {
  return html`<details class=${`card adm-trouble ${trouble.level}`}>
    <summary><b>${trouble.title}</b> <code>${trouble.kind}</code> <span class="muted">${t("health/since", { n: trouble.total, time: time(trouble.last_at) })}</span>
      <p>${t("health/do")}：${trouble.do}</p></summary>
    <ul class="adm-list" aria-label=${t("health/more")}>${trouble.last.map((one, at) => html`<li key=${at}><time>${time(one.at)}</time>${one.count > 1 ? ` × ${one.count}` : ""} ${
      Object.entries(one.fields).map(([key, value]) => html`<span key=${key} class="adm-flag">${key}: ${value}</span> `)}</li>`)}</ul>
  </details>`;
}
