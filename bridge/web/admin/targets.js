// Where routes lead, and the agents: how each place stands, which telephone is registered.

import { html } from "../vendor/preact.js";
import { get } from "../shared/http.js";
import { Empty, useAnswer } from "../shared/states.js";
import { t } from "../shared/words.js";
import { State, Tab } from "./parts.js";

export default function Targets() {
  const answer = useAnswer(async () => ({ ...await get("/api/v1/admin/targets"), ...await get("/api/v1/admin/agents") }));
  return html`<${Tab} title=${t("targets/title")} answer=${answer}>${({ targets, agents }) => html`
    ${targets.length ? html`<${Places} targets=${targets} />` : html`<${Empty} title=${t("targets/empty")} />`}
    <h2 class="adm-second">${t("targets/agents")}</h2>
    ${agents.length ? html`<${Agents} agents=${agents} />` : html`<${Empty} title=${t("targets/none")}>${t("targets/none_help")}<//>`}`}<//>`;
}

function Places({ targets }) {
  return html`<div class="card adm-scroll"><table class="table"><thead><tr>${["place", "state", "load", "used"].map((word) => html`
    <th key=${word} scope="col">${t(`targets/${word}`)}</th>`)}</tr></thead>
    <tbody>${targets.map((one) => html`<tr key=${one.text}>
      <th scope="row">${one.text}</th><td><${State} of=${one.health} /> <span class="muted">${one.note}</span></td>
      <td>${one.calls === null ? t("adm/none") : `${one.calls} / ${one.channels ?? "∞"}`}</td>
      <td>${one.routes.map((use) => html`<span key=${use.route + use.turn} class="adm-flag">${t("targets/turn", { route: use.route, n: use.turn })}</span> `)}</td>
    </tr>`)}</tbody></table></div>`;
}

const left = (seconds) => (seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`);

function Agents({ agents }) {
  return html`<div class="card adm-scroll"><table class="table"><thead><tr>${["extension", "name", "platform", "state", "phone", "queue"].map((word) => html`
    <th key=${word} scope="col">${t(`targets/${word}`)}</th>`)}</tr></thead>
    <tbody>${agents.map((one) => html`<tr key=${one.extension}>
      <th scope="row">${one.extension}</th><td>${one.name}</td><td>${one.platform}</td>
      <td><i class=${`adm-state ${one.reachable ? "good" : "bad"}`}>${t(one.reachable ? "targets/reachable" : "targets/unreachable")}</i></td>
      <td>${one.browser && html`<div>${t(one.in_page ? "targets/in_page" : "targets/page_away")}</div>`}${one.trunk ? t("targets/behind", { trunk: one.trunk }) : one.phones.length === 0 ? !one.browser && t("targets/unregistered")
        : one.phones.map((phone) => html`<div key=${phone.address}>${t("targets/registered", { address: phone.address, left: left(phone.seconds_left) })}</div>`)}</td>
      <td>${one.queue_state ? t(`targets/queue_state/${one.queue_state}`) : t("adm/none")}</td></tr>`)}</tbody></table></div>`;
}
