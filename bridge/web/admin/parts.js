// What the administrator's tabs share: a tab's head with its refresh, states as badges.

import { html, useEffect } from "../vendor/preact.js";
import { style } from "../shared/tabs.js";
import { Failed, Loading } from "../shared/states.js";
import { t } from "../shared/words.js";
import "./words.js";

const EVERY_MS = 10_000;
const TONES = { up: "good", good: "good", down: "bad", full: "bad", unprobed: "busy", unknown: "busy", suspect: "busy", recovering: "busy", drained: "busy" };

/** A tab: its head, and its body once the answer is there. again: ask anew, by hand and every ten seconds while nothing is typed. */
export function Tab({ title, note, answer, children, calm = true }) {
  style("/web/admin/admin.css");
  useEffect(() => {
    if (!calm) return undefined;
    const timer = setInterval(() => { if (!document.hidden) answer.again(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [calm]);
  return html`<div class="adm">
    <header class="adm-head"><h2>${title}</h2>${note && html`<span class="muted">${note}</span>`}
      <button type="button" class="button small" disabled=${answer.busy} onClick=${answer.again}>${t("adm/refresh")}</button></header>
    ${answer.problem && html`<${Failed} problem=${answer.problem} again=${answer.again} />`}
    ${answer.data ? children(answer.data) : answer.problem ? null : html`<${Loading} />`}
  </div>`;
}

export const State = ({ of }) => html`<i class=${`adm-state ${TONES[of] || "calm"}`}>${t(`adm/state/${of}`)}</i>`;

/** Key and value under each other. */
export const Facts = ({ of }) => html`<dl class="adm-facts">${of.filter(([, value]) => value || value === 0).map(([name, value]) => html`
  <div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

export const Changes = ({ title, list }) => (list.length ? html`<div class="adm-changes"><h4>${title}</h4><ul>${list.map((one) => html`
  <li key=${one.key + one.kind}><i class=${`adm-kind ${one.kind}`}>${t(`adm/kind/${one.kind}`)}</i> <code>${one.key}</code>${
    one.key.endsWith(".secret") ? html` <span class="muted">${t("config/secret")}</span>` : ""}</li>`)}</ul></div>` : null);
