// The wire: the live WebSocket, which always comes back, and the key's two requests. Knows no call and no element.

/** The server speaks at least every 10 s; silence for longer than two of them means the line is dead. */
const SILENCE_MS = 25000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
/** A request that may or may not have arrived is sent again with the same key: it can't press twice. */
const ATTEMPTS = 3;

const STORE = "bridge-token";

export function token() {
  try { return sessionStorage.getItem(STORE) || ""; } catch { return ""; }
}

export function setToken(value) {
  try { value ? sessionStorage.setItem(STORE, value) : sessionStorage.removeItem(STORE); } catch { /* private mode */ }
}

/** on: {event(message), link(state), refused(why)}. Returns {enter(token)} to come in again. */
export function connect(on) {
  let socket = null, pause = FIRST_PAUSE_MS, watch = 0, retry = 0;

  function open() {
    clearTimeout(retry);
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`);
    const mine = socket;
    mine.onmessage = (message) => { if (mine === socket) hear(mine, JSON.parse(message.data)); };
    mine.onclose = (end) => { if (mine === socket) lost(end.code, end.reason); };
    listen(mine);
  }

  function listen(mine) {
    clearTimeout(watch);
    watch = setTimeout(() => { if (mine === socket) { mine.close(); lost(0); } }, SILENCE_MS);
  }

  function hear(mine, message) {
    listen(mine);
    if (message.type === "auth-required") {
      if (token()) mine.send(JSON.stringify({ type: "auth", token: token() }));
      else leave(mine, "");
      return;
    }
    if (message.type === "snapshot") pause = FIRST_PAUSE_MS;
    on.event(message);
  }

  function leave(mine, why) {
    socket = null;
    clearTimeout(watch);
    mine.close();
    on.link("closed");
    on.refused(why);
  }

  function lost(code, reason) {
    const mine = socket;
    if (reason === "must-change-password") { leave(mine, "must_change"); return; }
    if (code === 4401) {
      const why = token() ? "wrong_token" : "session_over";
      setToken("");
      leave(mine, why);
      return;
    }
    if (code === 4403) { setToken(""); leave(mine, "no_scope"); return; }
    socket = null;
    clearTimeout(watch);
    on.link("lost");
    retry = setTimeout(open, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  open();
  return { enter(value) { setToken(value); on.link("connecting"); open(); } };
}

/** A fresh random key. Not crypto.randomUUID: that needs a secure context, and a LAN address has none. */
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const transfers = (call) => `/api/v1/calls/${encodeURIComponent(call)}/transfers`;

/** Press the key. The answer's body; throws a problem ({title, detail}) or null when it can't be reached. */
export const press = (call, number, mode) => send("POST", transfers(call),
  { "Idempotency-Key": freshKey(), "Content-Type": "application/json" }, JSON.stringify({ to: number, mode }));

/** Lead the transfer in flight: complete, swap or join. */
export const steer = (call, how) => send("POST", `${transfers(call)}/current/${how}`, { "Idempotency-Key": freshKey() });

/** Take it back. */
export const cancel = (call) => send("DELETE", `${transfers(call)}/current`, {});

/** Nothing may be heard on the caller's line from now on. */
export const hush = (call) => send("POST", `/api/v1/calls/${encodeURIComponent(call)}/quiet`, {});

/** The caller's number is marked for harassment: whoever takes its next call sees it. */
export const mark = (number, why) => send("PUT", `/api/v1/harassment/${encodeURIComponent(number)}`,
  { "Content-Type": "application/json" }, JSON.stringify({ measure: "warn", why }));

/** One of the five elements is what the agent says it is. Setting it twice is the same as once. */
export const correct = (call, name, value) => send("PUT", `/api/v1/calls/${encodeURIComponent(call)}/elements/${name}`,
  { "Content-Type": "application/json" }, JSON.stringify({ value }));

/** An agent takes calls (ready) or does not (paused). Setting it twice is the same as once. */
export const setAgent = (number, wish) => send("PUT", `/api/v1/agents/${encodeURIComponent(number)}/state`,
  { "Content-Type": "application/json" }, JSON.stringify({ state: wish }));

async function send(method, path, headers, body, attempt = 1) {
  if (token()) headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store" });
  } catch {
    if (attempt < ATTEMPTS) return send(method, path, headers, body, attempt + 1);
    throw null;
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw answer;
  return answer;
}
