// The picture of a plan: a bar for each target from the second it begins to the second it ends, one under the other, in the colour of
// how its line stands now. Drawn as SVG with classes only: no inline style passes the page's policy.

import { html } from "../vendor/preact.js";
import { t } from "../shared/words.js";

const WIDTH = 720;
const LEFT = 12;
const ROW = 58;
const TOP = 8;
const AXIS = 26;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120];

/** Seconds between two marks of the axis, at most eight marks. */
export const step = (seconds) => STEPS.find((one) => seconds / one <= 8) || 180;

export function Cascade({ plan }) {
  const seconds = Math.max(plan.seconds, 1);
  const x = (second) => LEFT + (second / seconds) * (WIDTH - 2 * LEFT);
  const height = TOP + plan.targets.length * ROW + AXIS;
  const marks = [];
  for (let at = 0; at <= seconds; at += step(seconds)) marks.push(at);
  return html`<figure class="adm-cascade">
    <svg viewBox=${`0 0 ${WIDTH} ${height}`} role="img" aria-label=${`${t("routes/picture")}：${plan.targets.map(said).join("；")}`}>
      ${marks.map((at) => html`<g key=${at}><line class="c-grid" x1=${x(at)} x2=${x(at)} y1=${TOP} y2=${height - AXIS} />
        <text class="c-mark" x=${x(at)} y=${height - 8} text-anchor=${at === 0 ? "start" : "middle"}>${at}</text></g>`)}
      ${plan.targets.map((target, row) => html`<${Bar} key=${target.place} target=${target} y=${TOP + row * ROW} x=${x} />`)}
    </svg>
    <figcaption class="muted">${t("routes/picture")} · ${t("routes/legend")}</figcaption>
  </figure>`;
}

const said = (target) => `${target.turn ?? t("routes/not_tried")} ${target.text}，${t(`adm/state/${target.health}`)}${
  target.begins === null ? "" : `，${t("routes/begins", { n: target.begins })}`}${target.why_not ? `，${target.why_not}` : ""}`;

function Bar({ target, y, x }) {
  const off = target.begins === null || target.ends === target.begins;
  const name = `${target.turn ?? "×"}. ${target.text}`;
  const label = off ? target.why_not : `${target.begins}–${target.ends} · ${t("routes/dead", { n: target.answer_within_seconds })}${target.note ? ` · ${target.note}` : ""}`;
  return html`<g class=${`c-bar ${off ? "off" : target.health}`}>
    <text class="c-name" x=${LEFT} y=${y + 15}>${cut(name, 48)}</text>
    ${off
    ? html`<line class="c-off" x1=${LEFT} x2=${WIDTH - LEFT} y1=${y + 28} y2=${y + 28} />`
    : html`<rect class="c-ring" x=${x(target.begins)} y=${y + 21} width=${Math.max(2, x(target.ends) - x(target.begins))} height="14" rx="4" />
        <rect class="c-dead" x=${x(target.begins)} y=${y + 21} width=${Math.max(2, x(target.dead_at) - x(target.begins))} height="14" rx="4" />`}
    <text class="c-note" x=${LEFT} y=${y + 49}>${cut(label, 76)}</text>
    <title>${`${name}\n${label}`}</title>
  </g>`;
}

/** Cut to what fits: a Chinese character is as wide as two Latin ones. */
function cut(text, most) {
  let width = 0;
  for (let at = 0; at < text.length; at += 1) {
    width += text.charCodeAt(at) > 0xff ? 2 : 1;
    if (width > most * 1.6) return `${text.slice(0, at)}…`;
  }
  return text;
}
