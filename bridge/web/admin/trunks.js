// Trunks: whether each lives and why, what is on it, and a test now.

import { html, useState } from "../vendor/preact.js";
import { get, post } from "../shared/http.js";
import { Empty, useAnswer } from "../shared/states.js";
import { complain } from "../shared/toasts.js";
import { t } from "../shared/words.js";
import { State, Tab } from "./parts.js";
import { time } from "./words.js";

export default function Trunks() {
  const answer = useAnswer(() => get("/api/v1/admin/trunks"));
  const down = (answer.data?.trunks || []).filter((trunk) => trunk.state === "down").length;
  const note = answer.data && answer.data.trunks.length ? (down ? t("trunks/down", { n: down }) : t("trunks/all_up")) : "";
  return html`<${Tab} title=${t("trunks/title")} note=${note} answer=${answer}>${({ trunks }) => (trunks.length
    ? html`<div class="adm-cards">${trunks.map((trunk) => html`<${Trunk} key=${trunk.name} trunk=${trunk} again=${answer.again} />`)}</div>`
    : html`<${Empty} title=${t("trunks/empty")}>${t("trunks/empty_help")}<//>`)}<//>`;
}

function Trunk({ trunk, again }) {
  const [asked, set] = useState(null);
  const test = async () => {
    set({ busy: true });
    try {
      set({ answers: (await post(`/api/v1/admin/trunks/${encodeURIComponent(trunk.name)}/probe`, undefined, { once: false })).answers });
      again();
    } catch (problem) { set(null); complain(problem); }
  };
  const counts = Object.entries(trunk.refusals.by_status);
  return html`<article class=${`card adm-trunk ${trunk.state}`} aria-label=${trunk.label || trunk.name}>
    <header><h3>${trunk.label || trunk.name}</h3> <code>${trunk.name}</code> <${State} of=${trunk.state} />
      <button type="button" class="button small" disabled=${asked?.busy || trunk.state === "drained" || !trunk.addresses.length} onClick=${test}>${t(asked?.busy ? "trunks/testing" : "trunks/test")}</button></header>
    <p class="adm-why">${trunk.why}</p>
    <${Load} trunk=${trunk} />
    <dl class="adm-facts">
      <div><dt>${t("trunks/since")}</dt><dd>${time(trunk.since)}</dd></div>
      ${trunk.platform && html`<div><dt>${t("trunks/platform")}</dt><dd>${trunk.platform}</dd></div>`}
      <div><dt>${t("trunks/known_by")}</dt><dd>${trunk.known_by.join("、") || t("trunks/nobody")}</dd></div>
      ${trunk.registered && html`<div><dt>${t("trunks/register")}</dt><dd class=${trunk.registered.up ? "adm-good" : "adm-bad"}>${trunk.registered.up ? t("trunks/registered") : trunk.registered.advice}</dd></div>`}
      ${counts.length > 0 && html`<div><dt>${t("trunks/refusals")}</dt><dd>${counts.map(([status, n]) => `${status} × ${n}`).join("，")}${
        trunk.refusals.last && html` <span class="muted">${t("trunks/last", { status: trunk.refusals.last.status, time: time(trunk.refusals.last.at) })}</span>`}</dd></div>`}
    </dl>
    ${trunk.addresses.length > 0 && html`<ul class="adm-addresses" aria-label=${t("trunks/addresses")}>${trunk.addresses.map((one) => html`
      <li key=${one.address}><code>${one.address}</code> <${State} of=${one.state} /> <span class="muted">${one.last
        ? `${one.last.status} · ${t("adm/ms", { n: one.last.ms })} · ${t("adm/ago", { n: Math.round(one.last.seconds_ago) })}` : t("trunks/never_asked")}</span></li>`)}</ul>`}
    ${asked?.answers && html`<ul class="adm-answers" role="status">${asked.answers.map((one) => html`
      <li key=${one.address} class=${one.answered ? "adm-good" : "adm-bad"}>${t(one.answered ? "trunks/answered" : "trunks/silent", one)}</li>`)}</ul>`}
  </article>`;
}

function Load({ trunk }) {
  const { calls, channels, reserved } = trunk;
  if (channels === null) return html`<p class="adm-load"><b>${calls}</b> <span class="muted">/ ${t("trunks/free")}</span></p>`;
  return html`<p class="adm-load"><meter min="0" max=${channels} high=${Math.max(0, channels - reserved)} value=${calls} aria-label=${t("trunks/calls")}></meter>
    <b>${calls}</b> / ${channels} ${reserved > 0 && html`<span class="muted">${t("trunks/reserved", { n: reserved })}</span>`}</p>`;
}
