// The recording of a call: its waveform (two channels), play, ±5 s, speed; on the clock of the call, not of the file.
//
// `sound` is what the other parts see: {second, playing, ready}; `seek(second)` and `toggle()` act on it.

import { html, signal, useEffect, useRef } from "../../vendor/preact.js";
import WaveSurfer from "../../vendor/wavesurfer.js";
import { span } from "../../shared/clock.js";
import { get } from "../../shared/http.js";
import { t } from "../../shared/words.js";
import { soundAt } from "./files.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const STEP = 5;
/** Seconds beyond a recording's ends that a mark may lie and still be shown there. */
const EDGE = 2;
const POINTS = 1600;

/** second: of the call, where we are; changes many times a second while it plays. */
export const second = signal(0);
export const playing = signal(false);
const speed = signal(1);
const trouble = signal("");

let audio = null, wave = null, offset = 0, tapes = [], shown = signal(0), wanted = null;

/** Where a recording's first sample is on the call's clock. */
const beginning = (tape) => tape.offset_seconds ?? 0;

/** Go to a second of the call, in the recording that has it. */
export function seek(to, thenPlay) {
  const at = Math.max(0, to);
  const holds = (tape) => at >= beginning(tape) - 0.05 && at <= beginning(tape) + tape.seconds;
  const here = tapes[shown.value];
  if (here && !holds(here)) {
    const other = tapes.findIndex((tape) => tape.state === "there" && holds(tape));
    if (other >= 0) { wanted = { at, thenPlay }; shown.value = other; return; }
  }
  second.value = at;
  if (!audio) return;
  audio.currentTime = Math.min(Math.max(0, at - offset), audio.duration || at);
  if (thenPlay) play();
}

export const hasSound = () => tapes.some((tape) => tape.state === "there");
export const step = (by) => seek(second.value + by);
export function toggle() {
  if (!audio) return;
  if (audio.paused) play(); else audio.pause();
}
function play() { audio?.play().catch((error) => { if (error.name !== "AbortError") trouble.value = t("rv/sound/failed"); }); }
export function faster(by) {
  const at = SPEEDS.indexOf(speed.value) + by;
  if (SPEEDS[at]) { speed.value = SPEEDS[at]; if (audio) audio.playbackRate = speed.value; }
}

export function Player({ recordings, marks }) {
  const there = recordings.filter((tape) => tape.state === "there");
  tapes = there;
  useEffect(() => { shown.value = 0; second.value = 0; trouble.value = ""; return () => { tapes = []; }; }, []);
  const others = recordings.filter((tape) => tape.state !== "there");
  const tape = there[shown.value];
  return html`<section class="card rv-player" aria-label=${t("rv/file/audio")}>
    ${!recordings.length && html`<p class="muted rv-nosound">${t("rv/sound/none")}</p>`}
    ${[...new Set(others.map((one) => one.state))].map((state) => html`<p class="rv-nosound muted" key=${state}>${t(`rv/sound/${state}`)}</p>`)}
    ${there.length > 1 && html`<p class="rv-tapes">${there.map((one, n) => html`<button key=${one.id} type="button" class="button small"
      aria-pressed=${n === shown.value} onClick=${() => { shown.value = n; }}>${t("rv/sound/one", { n: n + 1 })} ${span(beginning(one))}–${span(beginning(one) + one.seconds)}</button>`)}</p>`}
    ${tape && html`<${Wave} key=${tape.id} tape=${tape} marks=${marks} />`}
    ${tape && html`<${Controls} tape=${tape} />`}
    ${trouble.value && html`<p class="wrong" role="alert">${trouble.value}</p>`}
  </section>`;
}

function Wave({ tape, marks }) {
  const box = useRef(null);
  useEffect(() => {
    let here = true, sound = null, frame = 0;
    const element = new Audio();
    element.preload = "metadata";
    offset = beginning(tape);
    const tick = () => {
      second.value = element.currentTime + offset;
      frame = element.paused ? 0 : requestAnimationFrame(tick);
    };
    element.addEventListener("play", () => { playing.value = true; if (!frame) tick(); });
    element.addEventListener("pause", () => { playing.value = false; tick(); });
    element.addEventListener("seeked", tick);
    element.addEventListener("loadedmetadata", () => {
      if (!here) return;
      element.playbackRate = speed.value;
      const wish = wanted;
      wanted = null;
      if (wish) seek(wish.at, wish.thenPlay); else tick();
    });
    element.addEventListener("error", () => { if (here && element.src) trouble.value = t("rv/sound/failed"); });
    audio = element;
    (async () => {
      try {
        const [{ url, done }, peaks] = await Promise.all([soundAt(`/api/v1/recordings/${tape.id}/audio`), get(`/api/v1/recordings/${tape.id}/peaks?points=${POINTS}`)]);
        sound = done;
        if (!here) { done(); return; }
        element.src = url;
        wave = draw(box.current, element, peaks, tape.seconds);
      } catch (problem) { if (here) trouble.value = problem.detail || problem.title || t("rv/sound/failed"); }
    })();
    return () => {
      here = false;
      cancelAnimationFrame(frame);
      element.pause();
      wave?.destroy();
      element.removeAttribute("src");
      sound?.();
      if (audio === element) audio = wave = null;
      playing.value = false;
    };
  }, []);
  const place = (at) => ({ left: `${Math.min(100, Math.max(0, ((at - beginning(tape)) / tape.seconds) * 100))}%` });
  const inside = marks.filter((mark) => mark.second !== null && mark.second >= beginning(tape) - EDGE && mark.second <= beginning(tape) + tape.seconds + EDGE);
  return html`<div class="rv-wave">
    <div class="rv-sides" aria-hidden="true"><span class="who-caller">${t("rv/left")}</span><span class="who-hotline">${t("rv/right")}</span></div>
    <div class="rv-box"><div class="rv-lines" ref=${box} title=${t("rv/wave")}></div>
      <div class="rv-pins">${inside.map((mark) => html`<button type="button" key=${mark.number} class=${`rv-pin ${mark.kind} ${mark.flag}`} style=${place(mark.second)}
        title=${`${span(mark.second)} ${mark.text || t(`rv/flag/${mark.flag}`)}`} aria-label=${`${t(`rv/${mark.kind}`)} ${span(mark.second)}`} onClick=${() => seek(mark.second)}></button>`)}</div></div>
  </div>`;
}

function draw(container, media, peaks, duration) {
  const made = WaveSurfer.create({
    container, media, duration, peaks: peaks.channels, height: 46, cursorWidth: 2, normalize: false, barHeight: 1.6, dragToSeek: true,
    hideScrollbar: true, ...colours(),
  });
  const theme = new MutationObserver(() => made.setOptions(colours()));
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  made.once("destroy", () => theme.disconnect());
  return made;
}

function colours() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const side = (tone) => ({ height: 46, waveColor: colour("--soft"), progressColor: colour(tone) });
  return { splitChannels: [side("--caller"), side("--hotline")], cursorColor: colour("--ink") };
}

function Controls({ tape }) {
  const end = beginning(tape) + tape.seconds;
  return html`<div class="rv-controls">
    <button type="button" class="button primary rv-play" aria-label=${t(playing.value ? "rv/pause" : "rv/play")} onClick=${toggle}>${playing.value ? "❚❚" : "▶"}</button>
    <button type="button" class="button small" aria-label=${t("rv/back5")} onClick=${() => step(-STEP)}>−5</button>
    <button type="button" class="button small" aria-label=${t("rv/on5")} onClick=${() => step(STEP)}>+5</button>
    <${Where} end=${end} />
    <label class="rv-speed">${t("rv/speed")} <select value=${speed.value} onChange=${(event) => { speed.value = Number(event.target.value); if (audio) audio.playbackRate = speed.value; }}>
      ${SPEEDS.map((one) => html`<option value=${one} selected=${one === speed.value}>${one}×</option>`)}</select></label>
    <span class="muted rv-keys">${t("rv/keys")}</span>
    <span class="rv-tape muted">
      ${tape.sealed && html`<span>${t("rv/sound/sealed")}</span>`}
      ${tape.offset_seconds === null && html`<span class="wrong">${t("rv/sound/unaligned")}</span>`}
      ${tape.missing_seconds > 0.5 && html`<span class="wrong">${t("rv/sound/gap", { n: Math.round(tape.missing_seconds) })}</span>`}
      ${tape.ended !== "whole" && html`<span class="wrong">${t("rv/sound/broken")}</span>`}</span>
  </div>`;
}

const Where = ({ end }) => html`<output class="rv-where" id="rv-where">${span(second.value)} / ${span(end)}</output>`;

/** Keys of the whole page, unless somebody writes. mark(): the M key. */
export function useKeys(mark) {
  const now = useRef(mark);
  now.current = mark;
  useEffect(() => {
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
      if (event.key === " " && event.target.closest("button, a, summary")) return;
      const deed = { " ": toggle, ArrowLeft: () => step(-STEP), ArrowRight: () => step(STEP), "[": () => faster(-1), "]": () => faster(1), m: () => now.current(), M: () => now.current() }[event.key];
      if (!deed || event.target.closest("[role=radiogroup]")) return;
      event.preventDefault();
      deed();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
