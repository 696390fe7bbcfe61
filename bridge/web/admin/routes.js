// Routes, and a number tried out: where it would lead and why, nobody dialled.

import { html, useState } from "../vendor/preact.js";
import { get } from "../shared/http.js";
import { Empty, Failed, useAnswer } from "../shared/states.js";
import { t } from "../shared/words.js";
import { Cascade } from "./cascade.js";
import { State, Tab } from "./parts.js";

export default function Routes() {
  const answer = useAnswer(async () => {
    const [routes, agents, trunks] = await Promise.all(["routes", "agents", "trunks"].map((what) => get(`/api/v1/admin/${what}`)));
    return { ...routes, ...agents, ...trunks };
  });
  return html`<${Tab} title=${t("routes/title")} answer=${answer} calm=${false}>${(data) => html`
    <${Try} data=${data} />
    ${data.routes.length
    ? html`<div class="card adm-scroll"><table class="table"><thead><tr>${["place", "name", "wanted", "sources", "to", "mode", "flags"].map((word) => html`
        <th key=${word} scope="col">${t(`routes/${word}`)}</th>`)}</tr></thead>
        <tbody>${data.routes.map((route) => html`<${Row} key=${route.place} route=${route} />`)}</tbody></table></div>`
    : html`<${Empty} title=${t("routes/empty")}>${t("routes/empty_help")}<//>`}`}<//>`;
}

function Row({ route }) {
  return html`<tr class=${route.open ? "" : "adm-closed"}>
    <td>${route.place}</td><th scope="row">${route.name}</th><td><code>${route.number}</code></td><td>${route.from.join("、")}</td>
    <td><ol class="adm-to">${route.to.map((one) => html`<li key=${one}>${one}</li>`)}</ol></td>
    <td>${t(`routes/modes/${route.mode}`)}</td><td class="adm-flags"><${Flags} route=${route} /></td></tr>`;
}

function Flags({ route }) {
  const flags = [
    !route.open && t("routes/closed"), route.key && `${t("routes/key")}${route.feature_code ? ` ${route.feature_code}` : ""}`,
    route.emergency && t("routes/emergency"), route.silent_danger !== "never" && t("routes/silent"), route.hours && t("routes/hours", { text: route.hours }),
    route.via && t("routes/via", { platform: route.via }), route.recording !== "never" && t("routes/record", { policy: route.recording }),
    t("routes/ring", { n: route.ring_seconds }), route.total_seconds ? t("routes/total", { n: route.total_seconds }) : "",
  ];
  return flags.filter(Boolean).map((flag) => html`<span key=${flag} class="adm-flag">${flag}</span>`);
}

function Try({ data }) {
  const [found, set] = useState(null);
  const first = data.agents[0] ? `agent ${data.agents[0].extension}` : data.trunks[0] ? `trunk ${data.trunks[0].name}` : "";
  const ask = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const [kind, name] = String(given.get("from")).split(" ");
    const asked = new URLSearchParams({ number: String(given.get("number")).trim(), [`from_${kind}`]: name });
    if (given.get("at")) asked.set("at", String(given.get("at")));
    set({ busy: true });
    try { set({ plan: await get(`/api/v1/admin/route?${asked}`) }); } catch (problem) { set({ problem }); }
  };
  return html`<section class="card adm-try" aria-label=${t("routes/try")}>
    <form onSubmit=${ask}>
      <h3>${t("routes/try")}</h3>
      <label>${t("routes/number")}<input class="input" name="number" required maxlength="64" autocomplete="off" /></label>
      <label>${t("routes/from")}<select class="input" name="from" defaultValue=${first}>
        <optgroup label=${t("routes/agents")}>${data.agents.map((one) => html`<option key=${one.extension} value=${`agent ${one.extension}`}>${one.extension} ${one.name}</option>`)}</optgroup>
        <optgroup label=${t("routes/trunks")}>${data.trunks.filter((one) => one.state !== "drained").map((one) => html`<option key=${one.name} value=${`trunk ${one.name}`}>${one.label || one.name}</option>`)}</optgroup>
      </select></label>
      <label>${t("routes/at")}<input class="input" name="at" type="datetime-local" /></label>
      <button class="button primary" disabled=${found?.busy || !first}>${t("routes/go")}</button>
    </form>
    <div aria-live="polite">${found?.problem ? html`<${Failed} problem=${found.problem} />` : found?.plan ? html`<${Plan} plan=${found.plan} />` : null}</div>
  </section>`;
}

/** When it is tried and what is known of it, in one line. */
const times = (target) => [
  target.begins === null ? "" : t("routes/begins", { n: target.begins }), target.begins === null ? "" : t("routes/ring", { n: target.ring_seconds }),
  target.why_not || target.note,
].filter(Boolean).join(" · ");

function Plan({ plan }) {
  if (!plan.found) {
    return html`<div class="adm-plan"><p class="adm-bad"><b>${t("routes/nowhere")}</b></p><p class="muted">${t("routes/nowhere_help")}</p>
      <ul class="adm-list">${plan.misses.map((line) => html`<li key=${line}>${line}</li>`)}</ul></div>`;
  }
  const { route } = plan;
  return html`<div class="adm-plan">
    <p><b>${route.place}. ${route.name}</b> → ${plan.platform_name} · ${t(`routes/modes/${route.mode}`)} · ${route.total_seconds ? t("routes/total", { n: route.total_seconds }) : t("routes/until_done")}
      <span class="muted"> · ${t("routes/dry")}</span></p>
    <p class="muted">${t("routes/why")}：${plan.why}</p>
    <${Cascade} plan=${plan} />
    <ol class="adm-tried">${plan.targets.map((target) => html`<li key=${target.place} class=${target.turn ? "" : "off"}>
      <b>${target.turn ?? "×"}</b> <span>${target.text}</span> <${State} of=${target.health} />
      ${target.turn && target.turn !== target.place ? html`<span class="adm-flag">${t("routes/order_changed", { n: target.place })}</span>` : null}
      <span class="muted">${times(target)}</span></li>`)}</ol>
  </div>`;
}
