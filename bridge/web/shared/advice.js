// 智能推荐: words of danger, loudly and with what was said; where the call should go and what to tell the caller.

import { html } from "../vendor/preact.js";
import { register, t } from "./words.js";

register({
  zh: { advice: {
    danger: "危险", gone: "报警撤回", state: { raised: "正在说", confirmed: "已听清", withdrawn: "听清后不是" },
    title: "方向", none: "还听不出该去哪里", also: "同时通知：{who}", say: "对诉求人说：", lines: "有关热线", points: "{n} 分",
    go: { stay: "留在本平台处理", to: "转 {who}", none: "双方都不受理，请解释", conference: "三方通话，与 {who} 协商" },
  } },
  en: { advice: {
    danger: "Danger", gone: "Alert taken back", state: { raised: "being said", confirmed: "heard clearly", withdrawn: "it was something else" },
    title: "Where to", none: "nothing says where yet", also: "also tell: {who}", say: "Tell the caller: ", lines: "Other lines", points: "{n} points",
    go: { stay: "Stays here", to: "Transfer to {who}", none: "Neither takes it: explain", conference: "Conference with {who}" },
  } },
});

/** Alerts that still stand. */
export const standing = (one) => (one?.advice?.alerts || []).filter((alert) => alert.state !== "withdrawn");

export function Alerts({ one }) {
  return html`<div class="alerts" role="alert">${(one?.advice?.alerts || []).map((alert) => html`
    <div key=${alert.n} class=${`danger ${alert.state} ${one.call.outcome ? "over" : ""}`}>
      <b class="danger-name">${alert.state === "withdrawn" ? t("advice/gone") : `⚠ ${alert.name || t("advice/danger")}`}</b>
      <mark>${alert.said}</mark><span class="danger-state">${t(`advice/state/${alert.state}`)}</span>
      ${alert.advice && alert.state !== "withdrawn" ? html`<p>${alert.advice}</p>` : null}
    </div>`)}</div>`;
}

/** Where it should go, why, and what to say. brief: the reasons stand beside it already. */
export function Direction({ advice, brief }) {
  const { go, mode, also = [], why, rule, say } = advice?.direction || {};
  if (!go) return html`<p class="muted">${t("advice/none")}</p>`;
  const [kind, who = ""] = go.split(":");
  return html`<p class=${`way ${kind}`}><b>${t(mode === "conference" ? "advice/go/conference" : `advice/go/${kind}`, { who })}</b></p>
    ${brief ? null : html`<p class="muted">${why}${rule ? html`<small>（${rule}）</small>` : null}</p>`}
    ${also.length ? html`<p class="muted">${t("advice/also", { who: also.join("、") })}</p>` : null}
    ${say ? html`<p class="say"><span class="muted">${t("advice/say")}</span><q>${say}</q></p>` : null}`;
}

/** The words a category rests on; pressing one shows where it was said. */
export const Evidence = ({ found, point }) => html`<span class="evidence">${found.evidence.map((word, at) => {
  const id = found.utterances?.[at];
  return id && point ? html`<button type="button" class="evidence-word" onClick=${() => point([id])}><mark>${word}</mark></button>` : html`<mark>${word}</mark>`;
})}</span>`;
