// The telephone as a person sees it: one row above the board, which the call takes its part of while there is one. For agents and
// supervisors alike; nothing is drawn for people without a telephone in the page.

import { effect, html, signal, useEffect } from "../vendor/preact.js";
import { Dialog } from "../shared/dialog.js";
import { toast } from "../shared/toasts.js";
import { callOf } from "../shared/store.js";
import { t } from "../shared/words.js";
import * as phone from "./phone_line.js";
import * as voice from "./phone_voice.js";
import { ownVoice } from "./stage.js";
import "./phone_words.js";

const open = signal("");
const now = signal(Date.now());

let begun = false;
function beginOnce() {
  if (begun) return;
  begun = true;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/web/agent/phone.css" }));
  setInterval(() => { if (phone.call.peek()) now.value = Date.now(); }, 1000);
  document.addEventListener("keydown", onKey);
  effect(() => { ownVoice.value = phone.call.value !== null; }); // the hand on it is here
  phone.begin();
}

/** Alt and a letter, wherever the focus is. */
const KEYS = {
  KeyA: () => phone.answer(),
  KeyX: () => phone.hangUp(),
  KeyH: () => { if (phone.call.peek()) phone.hold(!holds(phone.call.peek())); },
  KeyM: () => { if (phone.call.peek()) phone.mute(!phone.call.peek().muted); },
  KeyR: () => turn(),
};

function onKey(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat || phone.line.peek() !== "here" || !KEYS[event.code]) return;
  event.preventDefault();
  KEYS[event.code]();
}

async function turn() {
  try { await phone.setReady(!phone.ready.peek()); } catch { /* the strip says why */ }
}

const who = (call) => (call.outgoing ? t("phone/to", { number: call.number }) : [call.caller || t("phone/withheld"), call.display].filter(Boolean).join(" "));

export function PhoneStrip() {
  useEffect(beginOnce, []);
  const line = phone.line.value;
  if (line === "off" || line === "none") return null;
  const call = phone.call.value;
  return html`<div class="phone-strip"><section class="phone" aria-label=${t("phone/name")}>
      ${line !== "here" && html`<span class=${`phone-line ${line}`} role="status">${t(`phone/line/${line}`)}</span>`}
      ${line === "elsewhere" && html`<button id="phone-take" type="button" class="button small" title=${t("phone/take_help")} onClick=${phone.take}>${t("phone/take")}</button>`}
      ${line !== "elsewhere" && html`<${Ready} />`}
      ${line === "here" && html`<button id="phone-pad" type="button" class="quiet" aria-label=${t("phone/pad")} title=${t("phone/pad")} aria-expanded=${open.value === "pad"} onClick=${() => { open.value = "pad"; }}>${t("phone/pad")}</button>
        <button id="phone-devices" type="button" class="quiet" aria-label=${t("phone/devices")} title=${t("phone/devices")} aria-expanded=${open.value === "devices"} onClick=${() => { open.value = "devices"; }}>${t("phone/devices_short")}</button>`}
    </section>
    ${voice.trouble.value && html`<p id="phone-trouble" class="phone-trouble" role="alert">${t(`phone/trouble/${voice.trouble.value}`)}</p>`}
    ${call && html`<${Call} call=${call} />`}
    <${Ended} />
    <p class="unseen" role="alert">${call && (call.state === "ringing" || call.state === "talking") ? t(`phone/say/${call.state}`, { who: who(call) }) : ""}</p>
    ${open.value === "devices" && html`<${Devices} />`}${open.value === "pad" && html`<${Pad} />`}</div>`;
}

function Ready() {
  const { extension } = phone.mine.value || {};
  const on = phone.ready.value;
  return html`<button id="phone-ready" type="button" class=${`button small phone-ready ${on ? "on" : ""}`} aria-pressed=${on} aria-keyshortcuts="Alt+R"
    title=${`${t(on ? "phone/go_pause" : "phone/go_ready")}（Alt+R）`} disabled=${phone.line.value !== "here"} onClick=${turn}>
    <i class="dot" aria-hidden="true"></i>${t(on ? "phone/ready" : "phone/paused")}
    ${extension && html`<span class="muted">${t("phone/extension", { extension })}</span>`}</button>`;
}

const time = (ms) => { const s = Math.max(0, Math.floor(ms / 1000)); return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`; };

/** Whether the others hear music: as the call has it, for a key pressed meanwhile takes them back. */
function holds(call) {
  const own = callOf(call.call).value?.call?.parties.find((party) => party.leg === call.leg);
  return call.state === "talking" && (own ? own.holds : call.held);
}

function Call({ call }) {
  const rings = call.state === "ringing";
  const talks = call.state === "talking" || call.state === "away";
  const held = holds(call);
  return html`<section class=${`phone-call ${call.state}`} aria-label=${t(`phone/state/${call.state}`)}>
    <b class="phone-state">${t(`phone/state/${call.state}`)}</b>
    <span class="phone-who">${who(call)}</span>
    <span class="phone-time" aria-hidden="true">${time(now.value - (call.talked || call.since))}</span>
    ${held && html`<span class="flag busy">${t("phone/held")}</span>`}
    ${call.muted && html`<span class="flag busy">${t("phone/muted")}</span>`}
    ${call.keys && html`<span class="muted">${t("phone/keys", { keys: call.keys })}</span>`}
    <span class="phone-hand">
      ${rings && html`<button id="phone-answer" type="button" class="button primary" aria-keyshortcuts="Alt+A" title="Alt+A" onClick=${phone.answer}>${t("phone/answer")}</button>`}
      ${talks && html`
        <button id="phone-hold" type="button" class="button small" aria-pressed=${Boolean(held)} aria-keyshortcuts="Alt+H" title="Alt+H" disabled=${call.state === "away"} onClick=${() => phone.hold(!held)}>${t(held ? "phone/unhold" : "phone/hold")}</button>
        <button id="phone-mute" type="button" class="button small" aria-pressed=${Boolean(call.muted)} aria-keyshortcuts="Alt+M" title="Alt+M" onClick=${() => phone.mute(!call.muted)}>${t(call.muted ? "phone/unmute" : "phone/mute")}</button>`}
      <button id="phone-hangup" type="button" class="button harsh small" aria-keyshortcuts="Alt+X" title="Alt+X" onClick=${phone.hangUp}>${t(rings ? "phone/decline" : "phone/hang_up")}</button>
    </span>
  </section>`;
}

function Ended() {
  const end = phone.ended.value;
  useEffect(() => {
    if (!end || end.why === "") return;
    const known = ["self", "taken", "refused", "not-connected", "no-return", "webrtc-gone"].includes(end.why);
    toast(t(`phone/ended/${known ? end.why : "other"}`), known && end.why !== "self" && end.why !== "taken" ? "bad" : "plain");
  }, [end]);
  return null;
}

function Devices() {
  const close = () => { open.value = ""; };
  useEffect(() => voice.watchLevel(), [voice.chosen.value.mic, voice.chosen.value.plain]);
  const set = (change) => { voice.choose(change); if ("mic" in change || "plain" in change) voice.changeMicrophone().catch(() => {}); };
  const list = (id, word, from, value, name) => html`<label for=${id}>${t(word)}</label>
    <select id=${id} onChange=${(event) => set({ [name]: event.target.value })}>
      <option value="">${t("phone/system")}</option>
      ${from.filter((one) => one.id !== "default").map((one) => html`<option value=${one.id} selected=${one.id === value}>${one.name}</option>`)}
    </select>`;
  const { mic, speaker, plain } = voice.chosen.value;
  return html`<${Dialog} title=${t("phone/devices")} close=${close}><form class="phone-form" onSubmit=${(event) => event.preventDefault()}>
    ${list("phone-mic", "phone/mic", voice.microphones.value, mic, "mic")}
    <meter id="phone-level" min="0" max="1" low="0.2" value=${voice.level.value} aria-label=${t("phone/level")}></meter>
    ${list("phone-speaker", "phone/speaker", voice.speakers.value, speaker, "speaker")}
    <label class="phone-check"><input id="phone-plain" type="checkbox" checked=${plain} onChange=${(event) => set({ plain: event.target.checked })} /> ${t("phone/plain")}</label>
    ${voice.trouble.value && html`<p class="wrong" role="alert">${t(`phone/trouble/${voice.trouble.value}`)}</p>`}
  </form></${Dialog}>`;
}

const typed = signal("");

function Pad() {
  const close = () => { open.value = ""; };
  const call = phone.call.value;
  const talks = call && ["talking", "calling"].includes(call.state);
  const press = (key) => { if (talks) phone.press(key); else typed.value = `${typed.value}${key}`.slice(0, 32); };
  const dial = (event) => {
    event.preventDefault();
    if (call || !typed.value) return;
    phone.dial(typed.value);
    typed.value = "";
    close();
  };
  return html`<${Dialog} title=${t("phone/pad")} close=${close}><form class="phone-form" onSubmit=${dial}>
    ${!call && html`<label for="phone-number">${t("phone/number")}</label>
      <input id="phone-number" data-first inputmode="tel" autocomplete="off" maxlength="32" value=${typed.value}
        onInput=${(event) => { typed.value = event.target.value.replace(/[^0-9*#+]/g, ""); }} />`}
    <div class="phone-keys" role="group" aria-label=${t("phone/pad")}>${[..."123456789*0#"].map((key) => html`
      <button type="button" class="button" data-key=${key} onClick=${() => press(key)}>${key}</button>`)}</div>
    ${call ? html`<p class="muted" aria-live="polite">${call.keys ? t("phone/keys", { keys: call.keys }) : ""}</p>`
    : html`<button id="phone-dial" type="submit" class="button primary" disabled=${!typed.value}>${t("phone/dial")}</button>`}
  </form></${Dialog}>`;
}
