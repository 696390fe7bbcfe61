// The telephone in the page: its socket to the bridge (docs/phone.md), its one call, and what a person does with it.
//
// The bridge owns the call's state; here is only what it says of it, and the voice. A lost socket leaves the voice alone; a page loaded
// anew finds its call again and connects the voice anew. One page has the telephone; another one may take it.

import { effect, signal } from "../vendor/preact.js";
import { complain } from "../shared/toasts.js";
import { token } from "../shared/http.js";
import { link } from "../shared/live.js";
import { you } from "../shared/store.js";
import * as voice from "./phone_voice.js";

const SILENCE_MS = 14000;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
const TAB = "bridge-tab";

/** off: not asked for; none: this person has none; connecting, here, elsewhere (another page has it), lost. */
export const line = signal("off");
/** {extension, name}. */
export const mine = signal(null);
export const ready = signal(false);
/** {call, state, caller, display, number, incident, held, muted, outgoing, since, keys} or null. */
export const call = signal(null);
/** Why the last call ended, for a moment: {why, at}. */
export const ended = signal(null);

let socket = null;
let retry = 0;
let watch = 0;
let pause = FIRST_PAUSE_MS;
let ice = [];
let connecting = false;

/** The page's own name, the same after it is loaded anew. */
function tab() {
  try {
    let name = sessionStorage.getItem(TAB);
    if (!name) {
      name = [...crypto.getRandomValues(new Uint8Array(8))].map((one) => one.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem(TAB, name);
    }
    return name;
  } catch { return "private"; }
}

/** Have the telephone as soon as somebody is known. */
export function begin() {
  effect(() => {
    // Whoever came in with a token has no telephone, and the socket could not show it.
    const known = you.value && link.value === "live" && !token();
    if (known && (line.peek() === "off" || line.peek() === "closed")) connect();
  });
}

function connect() {
  clearTimeout(retry);
  if (line.peek() !== "lost") line.value = "connecting";
  const made = socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/phone`);
  made.onopen = () => {
    const asked = new URLSearchParams(location.search).get("extension");
    made.send(JSON.stringify({ type: "hello", tab: tab(), ...(asked ? { extension: asked } : {}) }));
    alive(made);
  };
  made.onmessage = ({ data }) => {
    if (made !== socket) return;
    alive(made);
    const told = JSON.parse(data);
    HEARD[told.type]?.(told);
  };
  made.onclose = (event) => { if (made === socket) closed(event.code); };
}

function alive(made) {
  clearTimeout(watch);
  watch = setTimeout(() => { if (made === socket) { made.close(); closed(0); } }, SILENCE_MS);
}

function closed(code) {
  clearTimeout(watch);
  socket = null;
  if ([4403, 4404, 4409].includes(code)) { line.value = "none"; return; }
  if (code === 4401) { line.value = "closed"; return; }
  line.value = line.peek() === "elsewhere" ? "elsewhere" : "lost";
  retry = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
}

function say(type, fields = {}) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...fields }));
}

/** Something about the present call. */
const sayOfCall = (type, fields = {}) => say(type, { call: call.peek()?.call || "new", ...fields });

// --- what the bridge says

const HEARD = {
  phone(told) {
    pause = FIRST_PAUSE_MS;
    line.value = "here";
    mine.value = { extension: told.extension, name: told.name };
    ice = told.ice;
    takeCall(told.call);
    if (wanted && !told.ready) setReady(true);
    else ready.value = told.ready;
  },
  busy(told) {
    line.value = "elsewhere";
    mine.value = { extension: told.extension, name: "" };
  },
  taken() {
    line.value = "elsewhere";
    wanted = ready.value = false;
    over("taken");
  },
  state(told) { ready.value = told.ready; },
  ring(told) { change({ ...told, state: "ringing" }); voice.tone("ring"); },
  calling(told) { change({ ...told, state: "calling" }); },
  ringing(told) { change(told); voice.tone(told.early ? "" : "back"); },
  answer(told) { change(told); voice.answered(told.sdp).catch(() => renew()); },
  talking(told) { voice.tone(""); change({ ...told, state: "talking", talked: call.peek()?.talked || Date.now() }); },
  away(told) { change({ ...told, state: "away" }); renew(); },
  renegotiate(told) { change(told); renew(); },
  held(told) { change({ held: told.on }); },
  digit(told) { change({ keys: `${call.peek()?.keys || ""}${told.digit}`.slice(-20) }); },
  over(told) { over(told.why); },
  problem(told) {
    if (["call", "answer", "offer"].includes(told.of) && call.peek()?.state !== "ringing" && !call.peek()?.talked) over("refused");
    if (told.of || !["no-such-thing", "no-phone", "not-allowed", "bad-credentials", "must-change-password"].includes(told.id)) complain(told);
  },
};

const SHOWN = ["call", "leg", "caller", "display", "number", "incident", "state", "held", "outgoing", "talked", "keys", "muted"];

function change(told) {
  const before = call.peek();
  const same = before && (before.call === told.call || before.call === "new" || told.call === undefined);
  const next = same ? { ...before } : { since: Date.now() };
  for (const name of SHOWN) if (name in told) next[name] = told[name];
  call.value = next;
}

/** After a greeting: the call as the bridge has it, and its voice connected anew if this page has none. */
function takeCall(told) {
  if (!told) {
    if (call.peek()) over("");
    return;
  }
  change(told);
  if (told.state === "ringing") voice.tone("ring");
  else if (!voice.connected()) renew();
}

function over(why) {
  voice.tone("");
  voice.hangUp();
  if (call.peek()) ended.value = { why, at: Date.now() };
  call.value = null;
}

/** Offer the voice anew for the call that goes on. */
async function renew() {
  if (connecting || !call.peek() || call.peek().state === "ringing") return;
  await offer("offer");
}

async function offer(kind, fields = {}) {
  connecting = true;
  try {
    const sdp = await voice.offer({
      ice,
      late: ({ candidate, sdpMid }) => sayOfCall("candidate", { candidate, mid: sdpMid || "0" }),
      lost: () => renew(),
    });
    voice.mute(call.peek()?.muted);
    if (kind === "call") say("call", { ...fields, sdp });
    else sayOfCall(kind, { sdp });
  } finally { connecting = false; }
}

// --- what a person does

let wanted = false;

/** Take calls, or none. The microphone is tried first: who cannot speak is not rung. */
export async function setReady(on) {
  voice.allowSound();
  if (on && !call.peek()) voice.close(await voice.microphone().catch(() => { throw new Error(voice.trouble.value); }));
  wanted = on;
  say(on ? "ready" : "pause");
}

export async function answer() {
  if (call.peek()?.state !== "ringing" || connecting) return;
  voice.tone("");
  change({ state: "opening" });
  try { await offer("answer"); } catch { change({ state: "ringing" }); }
}

export async function dial(number) {
  if (call.peek()) return;
  voice.allowSound();
  call.value = { call: "new", state: "calling", number, outgoing: true, since: Date.now() };
  try { await offer("call", { number }); } catch { over("refused"); }
}

export function hangUp() {
  if (!call.peek()) return;
  sayOfCall("hangup");
  voice.tone("");
}

export const hold = (on) => sayOfCall(on ? "hold" : "resume");

export function mute(on) {
  voice.mute(on);
  change({ muted: on });
}

export function press(digits) {
  sayOfCall("digits", { digits });
  change({ keys: `${call.peek()?.keys || ""}${digits}`.slice(-20) });
}

/** Have the telephone here, whoever has it. */
export const take = () => say("take");

/** For tests: break the line as a network does. */
export function drop() { socket?.close(); }
