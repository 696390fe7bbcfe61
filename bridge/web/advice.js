// 智能推荐: words of danger, loudly and with what was said; the ranked categories with their evidence; where the call should go and what to tell the caller.

import { h } from "./dom.js";
import { t } from "./words.js";

/** Alerts that still stand. */
export const standing = (one) => (one?.advice?.alerts || []).filter((alert) => alert.state !== "withdrawn");

/** What the alerts' bar shows, as a plain value; null when there is nothing to show. */
export const alertsShown = (one) => (one?.advice?.alerts.length ? [one.call.id, one.call.outcome, one.advice.alerts] : null);

export function alertsBar(one) {
  return one.advice.alerts.map((alert) => h("div", { class: `danger ${alert.state} ${one.call.outcome ? "over" : ""}` },
    h("b", { class: "danger-name" }, alert.state === "withdrawn" ? t("danger_gone") : `⚠ ${alert.name || t("danger")}`),
    h("mark", {}, alert.said),
    h("span", { class: "danger-state" }, t(`danger_state/${alert.state}`)),
    alert.advice && alert.state !== "withdrawn" ? h("p", {}, alert.advice) : null));
}

/** What the card shows; null when nothing has been heard that says anything. */
export const adviceShown = (one) => (one?.advice && (one.advice.ranked.length || one.advice.lines.length || one.advice.direction.go)
  ? [one.call.id, one.advice.ranked, one.advice.lines, one.advice.direction] : null);

export function adviceCard({ advice: { ranked, lines, direction } }) {
  return [
    h("h3", {}, t("direction")),
    ...(direction.go ? way(direction) : [h("p", { class: "muted" }, t("no_direction"))]),
    ranked.length ? h("h4", {}, t("ranked")) : null,
    ranked.length ? h("ol", { class: "ranked" }, ranked.map(candidate)) : null,
    lines.length ? h("h4", {}, t("other_lines")) : null,
    lines.length ? h("ul", { class: "ranked" }, lines.map(candidate)) : null,
  ];
}

function way({ go, mode, also, why, rule, say }) {
  const [kind, place] = go.split(":");
  return [
    h("p", { class: `way ${kind}` }, h("b", {}, mode === "conference" ? t("go/conference", { who: place || "" }) : t(`go/${kind}`, { who: place || "" }))),
    h("p", { class: "muted" }, why, rule ? h("small", {}, `（${rule}）`) : null),
    also.length ? h("p", { class: "muted" }, t("also", { who: also.join("、") })) : null,
    say ? h("p", { class: "say" }, h("span", { class: "muted" }, t("say")), h("q", {}, say)) : null,
  ];
}

const candidate = ({ name, score, urgent, evidence }) => h("li", {},
  h("span", {}, name), urgent ? h("em", { class: "flag" }, t("urgent")) : null, h("small", { class: "muted" }, t("points", { n: score })),
  h("p", { class: "evidence" }, evidence.map((word) => h("mark", {}, word))));
