// A bar chart for paper: black on white, drawn in the page itself so that print is sharp.

import { html } from "../../vendor/preact.js";

const WIDTH = 680, HEIGHT = 150, LEFT = 34, FOOT = 20, TOP = 14;

/** values: [{label, value}] ; title says what it shows. Labels that would touch are left out. */
export function Bars({ values, title }) {
  const most = Math.max(1, ...values.map(({ value }) => value)), step = (WIDTH - LEFT) / Math.max(1, values.length);
  const y = (value) => TOP + (HEIGHT - TOP - FOOT) * (1 - value / most);
  const every = Math.ceil(values.length / 16);
  return html`<figure class="rp-figure"><figcaption>${title}</figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`${title}：${values.map(({ label, value }) => `${label} ${value}`).join("，")}`}>
      ${[0, 0.5, 1].map((part) => html`<g key=${part}><line x1=${LEFT} x2=${WIDTH} y1=${y(most * part)} y2=${y(most * part)} class="rp-grid" />
        ${Number.isInteger(most * part) && html`<text x=${LEFT - 5} y=${y(most * part) + 4} text-anchor="end">${most * part}</text>`}</g>`)}
      ${values.map(({ label, value }, n) => html`<g key=${label}><rect x=${LEFT + n * step + step * 0.15} width=${step * 0.7} y=${y(value)} height=${HEIGHT - FOOT - y(value)} class="rp-bar-fill" />
        ${value > 0 && values.length <= 31 && html`<text x=${LEFT + (n + 0.5) * step} y=${y(value) - 3} text-anchor="middle" class="rp-value">${value}</text>`}
        ${n % every === 0 && html`<text x=${LEFT + (n + 0.5) * step} y=${HEIGHT - 5} text-anchor="middle">${label}</text>`}</g>`)}
    </svg></figure>`;
}
