// Times as people read them, and one beat a second for whatever counts on. Knows the server's clock, not ours.

import { signal } from "../vendor/preact.js";

/** Server's clock minus ours, in ms. */
export const skew = signal(0);
/** The server's time in ms, once a second. */
export const beat = signal(Date.now());

export const now = () => Date.now() + skew.value;

setInterval(() => { beat.value = now(); }, 1000);

const two = (number) => String(Math.floor(number)).padStart(2, "0");

/** Seconds as 03:25, or 1:03:25. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = `${two((whole / 60) % 60)}:${two(whole % 60)}`;
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest;
}

/** 09:30 of an ISO time. */
export function clock(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "—" : `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** 2026-03-05 09:30 of an ISO time, in this machine's zone. */
export function moment(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "—";
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(iso)}`;
}

/** Milliseconds as a figure: 3.2 ms, 318 ms, 12.4 s. */
export function millis(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
