// Charts with uPlot: lines over days or hours, and lying bars for things with names. Drawn anew when the theme or the width changes.

import { html, useEffect, useRef } from "../../vendor/preact.js";
import uPlot from "../../vendor/uplot.js";
import { style } from "../../shared/tabs.js";
import { written } from "./words.js";

style("/web/vendor/uplot.css");

const LINES = ["--hotline", "--police", "--caller", "--other", "--busy"];
/** So that lines are told apart without their colours. */
const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4], [4, 4]];
const HEIGHT = 230, BAR = 26, LONGEST = 14;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = () => `13px ${getComputedStyle(document.body).fontFamily}`;
const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** make(width): uPlot's options and data. title: what it shows, for who cannot see it. */
export function Chart({ title, make, data }) {
  const box = useRef(null);
  useEffect(() => {
    let plot = null, width = 0;
    const draw = () => {
      plot?.destroy();
      width = box.current.clientWidth;
      const { options, values } = make(width);
      plot = new uPlot(options, values, box.current);
    };
    const size = new ResizeObserver(() => { if (Math.abs(box.current.clientWidth - width) > 2) draw(); });
    const theme = new MutationObserver(draw);
    draw();
    size.observe(box.current);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => { size.disconnect(); theme.disconnect(); plot?.destroy(); };
  }, [data]);
  return html`<div class="fg-chart" role="img" aria-label=${title} ref=${box}></div>`;
}

const axis = (more) => ({ stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: font(), ...more });

/** The rows with those days, or hours of the day, in which nothing was: counts are 0 there. */
export function filled(rows, x, { from, to }, series) {
  const known = new Map(rows.map((row) => [row[x], row])), nothing = Object.fromEntries(series.map(({ key, unit }) => [key, unit === "count" ? 0 : null]));
  const places = [];
  if (x === "hour") for (let hour = 0; hour < 24; hour += 1) places.push(hour);
  else for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += 86400000) places.push(new Date(at).toISOString().slice(0, 10));
  return places.map((at) => known.get(at) || { ...nothing, [x]: at });
}

/** Lines over days ("2026-03-01") or hours (0..23). x: that column; series: [{key, name, unit}]; shares have an axis of their own on the right. */
export function lines(rows, { key: x, name }, series) {
  const timed = typeof rows[0]?.[x] === "string";
  const xs = rows.map((row) => (timed ? Date.parse(`${row[x]}T00:00:00`) / 1000 : row[x]));
  const shares = series.some((one) => one.unit === "share");
  return (width) => ({
    values: [xs, ...series.map((one) => rows.map((row) => row[one.key] ?? null))],
    options: {
      width, height: HEIGHT, cursor: { y: false }, legend: { live: true },
      scales: { x: { time: timed }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] }, share: { range: [0, 1] } },
      axes: [
        axis(timed ? { values: (_, splits) => splits.map((at) => `${new Date(at * 1000).getMonth() + 1}-${new Date(at * 1000).getDate()}`), incrs: [1, 2, 5, 7, 14, 30, 60, 180].map((n) => n * 86400) } : { incrs: [1, 2, 3, 6] }),
        axis({ scale: "y", size: 56, values: (_, splits) => splits.map((n) => (Number.isInteger(n) ? n : "")) }),
        ...(shares ? [axis({ scale: "share", side: 1, size: 52, grid: { show: false }, values: (_, splits) => splits.map((n) => `${Math.round(n * 100)}%`) })] : []),
      ],
      series: [
        { label: name, value: (_, at) => (at === null || at === undefined ? "—" : timed ? rows[xs.indexOf(at)]?.[x] : at) },
        ...series.map((one, n) => ({
          label: one.name, scale: one.unit === "share" ? "share" : "y", stroke: colour(LINES[n % LINES.length]), width: 2, dash: DASHES[n % DASHES.length], spanGaps: true,
          points: { show: rows.length < 45, size: 5 }, value: (_, value) => written(value, one.unit),
        })),
      ],
    },
  });
}

/** Bars that lie, one for each row; label(row): its name. unit of the value's column. */
export function bars(rows, label, { key, name, unit }) {
  const at = rows.map((_, n) => n), names = rows.map(label);
  const size = 20 + 14 * Math.min(LONGEST, Math.max(2, ...names.map((one) => one.length)));
  return (width) => ({
    values: [at, rows.map((row) => row[key] ?? 0)],
    options: {
      width, height: 50 + BAR * rows.length, cursor: { show: false }, legend: { show: false },
      scales: { x: { time: false, ori: 1, dir: -1, range: [-0.6, rows.length - 0.4] }, y: { ori: 0, range: (_, low, high) => [0, unit === "share" ? 1 : Math.max(1, high * 1.08)] } },
      axes: [
        axis({ scale: "x", side: 3, size, splits: () => at, values: () => names.map(short), grid: { show: false }, ticks: { show: false } }),
        axis({ scale: "y", side: 2, values: (_, splits) => splits.map((n) => (unit === "share" ? written(n, unit) : Number.isInteger(n) ? n : "")) }),
      ],
      series: [{}, { label: name, stroke: colour("--hotline"), fill: colour("--hotline"), paths: uPlot.paths.bars({ size: [0.7, 18] }), points: { show: false } }],
    },
  });
}
