// The one event socket: a snapshot, then what changes, and after a break what was missed (by epoch and seq) or a fresh snapshot.
//
// Events are put into the store once per animation frame, however many come; a hidden page has no frames, so there they go in at once.
// Beyond what the store knows (store.js), parts of a page listen for event types of their own: hear("alert", (event) => …).

import { batch, signal } from "../vendor/preact.js";
import { setToken, token } from "./http.js";
import { apply, CHANGES } from "./store.js";

/** The server speaks at least every 10 s; silence for longer than two of them means the line is dead. */
const SILENCE_MS = 25000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
/** Events that wait for a frame; beyond it they do not wait. */
const MOST_WAITING = 2000;

/** connecting, live, lost (comes back by itself) or closed (not logged in). */
export const link = signal("connecting");

const ears = new Map();
let socket = null, pause = FIRST_PAUSE_MS, watch = 0, retry = 0, epoch = "", seq = 0;
let refused = () => {};
let waiting = [], due = false;

/** Call then(event) for every event of a type, after the store has taken it. Returns how to stop. */
export function hear(type, then) {
  if (!ears.has(type)) ears.set(type, new Set());
  ears.get(type).add(then);
  return () => ears.get(type).delete(then);
}

/** Open the socket; then({refused}) is told when nobody is logged in: "", "wrong_token", "session_over", "no_scope", "must_change". */
export function connect(whenRefused) {
  refused = whenRefused;
  open();
}

/** Come in again: after a log-in, with a token ("" for a session). */
export function enter(value) {
  setToken(value);
  link.value = "connecting";
  epoch = "";
  open();
}

/** Close the socket and stay away: nobody is logged in any more. */
export function leave() {
  const mine = socket;
  socket = null;
  clearTimeout(watch);
  clearTimeout(retry);
  mine?.close();
  link.value = "closed";
}

function open() {
  clearTimeout(retry);
  const resume = epoch ? `?epoch=${encodeURIComponent(epoch)}&since=${seq}` : "";
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live${resume}`);
  socket = mine;
  mine.onmessage = (message) => { if (mine === socket) take(mine, JSON.parse(message.data)); };
  mine.onclose = (end) => { if (mine === socket) lost(end.code, end.reason); };
  listen(mine);
}

function listen(mine) {
  clearTimeout(watch);
  watch = setTimeout(() => { if (mine === socket) { mine.close(); lost(0, ""); } }, SILENCE_MS);
}

function take(mine, message) {
  listen(mine);
  if (message.type === "auth-required") {
    if (token()) mine.send(JSON.stringify({ type: "auth", token: token() }));
    else turnedAway("");
    return;
  }
  if (message.type === "problem") return;  // the close that follows says why
  if (message.epoch !== undefined) epoch = String(message.epoch);
  if (typeof message.seq === "number") seq = message.seq;
  waiting.push(message);
  if (document.hidden || waiting.length > MOST_WAITING) flush();
  else if (!due) { due = true; requestAnimationFrame(flush); }
}

function flush() {
  due = false;
  const events = waiting;
  waiting = [];
  if (!events.length) return;
  batch(() => {
    for (const event of events) {
      if (CHANGES[event.type]) apply(event);
      for (const ear of [...(ears.get(event.type) || []), ...(ears.get("*") || [])]) ear(event);
    }
    if (socket) { link.value = "live"; pause = FIRST_PAUSE_MS; }
  });
}
document.addEventListener("visibilitychange", flush);

function turnedAway(why) {
  leave();
  epoch = "";
  refused(why);
}

function lost(code, reason) {
  if (reason === "must-change-password") { turnedAway("must_change"); return; }
  if (code === 4401) {
    const why = token() ? "wrong_token" : "session_over";
    setToken("");
    turnedAway(why);
    return;
  }
  if (code === 4403) { setToken(""); turnedAway("no_scope"); return; }
  socket = null;
  clearTimeout(watch);
  link.value = "lost";
  retry = setTimeout(open, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
}

/** For tests: break the line as a network does. */
export function drop() { socket?.close(); }
