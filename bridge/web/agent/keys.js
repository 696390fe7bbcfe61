// The key: one big key per target, coloured by what is known before the press; one press or one keystroke. A long press or the key's
// menu gives three-party and consult. While a transfer is under way its own keys stand here: cancel is one press.

import { html, signal, useEffect, useRef, useState } from "../vendor/preact.js";
import { del, post } from "../shared/http.js";
import { link } from "../shared/live.js";
import { keys as allKeys, may } from "../shared/store.js";
import { trying } from "../shared/toasts.js";
import { t, tone } from "../shared/words.js";
import { inFlight, lastTransfer, ours } from "./stage.js";

const LONG_PRESS_MS = 500;
const MODES = ["direct", "conference", "consult"];

/** Calls with a press on its way to the bridge. */
const pressing = signal(new Set());

async function act(call, send) {
  if (pressing.value.has(call)) return;
  pressing.value = new Set([...pressing.value, call]);
  await trying(send);
  pressing.value = new Set([...pressing.value].filter((id) => id !== call));
}

const path = (call) => `/api/v1/calls/${encodeURIComponent(call.id)}/transfers`;
export const press = (call, number, mode) => act(call.id, () => post(path(call), mode ? { to: number, mode } : { to: number }));
export const cancel = (call) => act(call.id, () => del(`${path(call)}/current`));
const steer = (call, how) => act(call.id, () => post(`${path(call)}/current/${how}`));

/** Keys that lead to another platform than the one the caller is with. */
export function keysFor(call) {
  const here = call.parties.find((party) => party.role === "attendant")?.speaker || call.platform;
  return allKeys.value.filter((key) => key.platform !== here && key.for_agents !== false);
}

/** Whether the key can be pressed now. */
export function canPress(call) {
  const attended = call.parties.some((party) => party.role === "attendant" && party.up);
  return may("transfer") && ours(call) && link.value === "live" && !call.outcome && call.phase === "talking" && attended && !inFlight(lastTransfer(call));
}

/** What is known before the press: {level: good | busy | bad, words}. */
export function outlook(key) {
  const words = [t(`key_state/${key.state || "unknown"}`)];
  const { waiting, ready } = key.queue || {}, lines = key.trunks || [];
  const dead = lines.filter((line) => !line.up).length, full = lines.length > 0 && lines.every((line) => !line.up || line.room === false);
  if (dead && dead < lines.length) words.push(t("far/lines", { up: lines.length - dead, all: lines.length }));
  if (full && key.state === "up") words.push(t("far/full"));
  if (typeof waiting === "number" && waiting > 0) words.push(t("far/waiting", { n: waiting }));
  if (typeof ready === "number") words.push(ready ? t("far/ready", { n: ready }) : t("far/none"));
  const deaf = key.partner?.state === "down" || key.partner?.state === "trouble";
  if (deaf) words.push(t("far/api_down"));
  const level = key.state === "down" || key.state === "closed" ? "bad" : ready === 0 || waiting > 0 || deaf || dead || full ? "busy" : "good";
  return { level, words };
}

export function Keys({ call }) {
  const moving = lastTransfer(call);
  if (call.outcome || call.phase === "desks" || !ours(call)) return null;
  if (inFlight(moving)) return html`<${Steering} call=${call} moving=${moving} />`;
  const mine = keysFor(call);
  if (!mine.length) return html`<p class="muted">${t("key/nothing")}</p>`;
  return html`<div class="keys" role="group" aria-label=${t("key/press")}>${mine.map((key, at) => html`<${Key} key=${key.number} call=${call} target=${key} at=${at + 1} />`)}</div>`;
}

function Key({ call, target, at }) {
  const [open, setOpen] = useState(false), long = useRef(0), held = useRef(false);
  const off = pressing.value.has(call.id) || !canPress(call);
  const { level, words } = outlook(target), usual = target.mode || "direct";
  const down = (event) => {
    if (event.button) return;
    held.current = false;
    long.current = setTimeout(() => { held.current = true; setOpen(true); }, LONG_PRESS_MS);
  };
  const up = () => clearTimeout(long.current);
  const go = () => { if (!held.current) press(call, target.number); held.current = false; };
  useEffect(() => { if (off) setOpen(false); }, [off]);
  return html`<div class=${`key-set who-${tone(target.platform)}`}>
    <button type="button" class=${`key ${level}`} data-key=${target.number} disabled=${off} title=${may("transfer") ? target.name : t("key/read_only")}
        aria-label=${`${t("key/label", { who: `${target.number} ${target.name || ""}`, state: words.join("，") })}，${t("key/shortcut", { key: at })}`}
        aria-keyshortcuts=${at === 1 ? "1 F2" : String(at)} onPointerDown=${down} onPointerUp=${up} onPointerLeave=${up} onClick=${go}
        onContextMenu=${(event) => { event.preventDefault(); setOpen(true); }}>
      <span class="key-main">${pressing.value.has(call.id) ? t("key/pressing") : html`${t("key/press")} ${target.number}`} <kbd>${at}</kbd></span>
      <small>${[usual === "direct" ? "" : t(`mode/${usual}`), target.feature_code ? `${t("key/code")} ${target.feature_code}` : ""].filter(Boolean).join(" · ")}</small>
      <small class="key-known">${words.join(" · ")}</small>
    </button>
    <button type="button" class="key-more" data-more=${target.number} disabled=${off} aria-haspopup="menu" aria-expanded=${open ? "true" : "false"}
      aria-label=${t("key/menu", { number: target.number })} title=${t("key/more")} onClick=${() => setOpen(!open)}>⋯</button>
    ${open && html`<${Menu} call=${call} target=${target} usual=${usual} close=${() => setOpen(false)} />`}
  </div>`;
}

function Menu({ call, target, usual, close }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.querySelector("button")?.focus();
    const away = (event) => { if (!box.current?.contains(event.target)) close(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const key = (event) => {
    const items = [...box.current.querySelectorAll("button")], at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); items[(at + step + items.length) % items.length].focus(); }
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  };
  return html`<div class="key-menu" role="menu" ref=${box} onKeyDown=${key}>${MODES.filter((mode) => mode !== usual).map((mode) => html`
    <button type="button" role="menuitem" key=${mode} data-mode=${mode} onClick=${() => { close(); press(call, target.number, mode); }}>
      <b>${t(`mode/${mode}`)} ${target.number}</b><small>${t(`mode_help/${mode}`)}</small></button>`)}</div>`;
}

/** What can be done with the transfer in flight: the server says what, in the order of its table. */
function Steering({ call, moving }) {
  const three = { complete: "leave", cancel: "drop" };
  return html`<div class="keys" role="group">${(moving.may || []).map((wish) => html`
    <button type="button" key=${wish} class=${`key ${wish === "cancel" ? "cancel" : wish === "complete" ? "go" : "turn"}`} data-steer=${wish}
      disabled=${pressing.value.has(call.id) || !may("transfer")} aria-keyshortcuts=${wish === "cancel" ? "Escape" : null}
      onClick=${() => (wish === "cancel" ? cancel(call) : steer(call, wish))}>
      ${t(`steer/${(moving.state === "joined" && three[wish]) || wish}`)}${wish === "cancel" ? html` <kbd>Esc</kbd>` : null}</button>`)}</div>`;
}
