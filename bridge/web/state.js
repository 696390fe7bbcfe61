// What the page knows: calls by id, and each event's change of it. Pure; knows no socket and no element.

/** Utterances kept per call: what fits on a screen many times over. */
export const KEPT_UTTERANCES = 200;
/** Calls kept, as many as the server remembers and the busiest centre has. */
export const KEPT_CALLS = 2100;

const ANSWERED = new Set(["joined", "consulting", "swapped"]);
const IN_FLIGHT = new Set(["dialling", "ringing", "left-dialling", "left-ringing", ...ANSWERED]);

export const fresh = () => ({
  version: 0, link: "connecting", skew: 0, you: null, keys: [], status: {}, calls: new Map(), picked: null,
  queues: { queues: [], agents: [], at: 0 }, callbacks: 0,
});

/** The state after an event. The state's own objects are changed; a snapshot replaces them. */
export function apply(state, event, now = Date.now()) {
  const change = CHANGES[event.type];
  if (change) change(state, event, now);
  state.version += 1;
  return state;
}

const CHANGES = {
  snapshot(state, event, now) {
    state.link = "live";
    state.skew = Date.parse(event.now) - now;
    state.you = event.you;
    state.keys = event.keys;
    state.status = event.status;
    state.calls = new Map();
    CHANGES.more(state, event);
  },
  more(state, event) {
    for (const one of event.calls) state.calls.set(one.call.id, { ...one, recogniser: pending(one.call) });
  },
  call(state, event) {
    entry(state, event.call.id).call = event.call;
  },
  over(state, event) {
    const one = entry(state, event.call.id);
    one.call = event.call;
    one.transcript = one.transcript.filter((item) => item.final || item.text);
  },
  utterance(state, event) {
    const one = entry(state, event.call);
    one.transcript = heard(one.transcript, event);
  },
  draft(state, event) {
    entry(state, event.call).draft = { elements: event.elements, category: event.category };
  },
  suggestions(state, event) {
    const one = entry(state, event.call);
    one.advice = { alerts: one.advice?.alerts || [], ranked: event.ranked, lines: event.lines, direction: event.direction };
  },
  alert(state, event) {
    const one = entry(state, event.call), { alert } = event;
    const rest = (one.advice?.alerts || []).filter((old) => old.n !== alert.n);
    one.advice = { ranked: [], lines: [], direction: {}, ...one.advice, alerts: [...rest, alert].sort((a, b) => a.n - b.n) };
  },
  ticket(state, event) {
    entry(state, event.call).ticket = event.ticket;
  },
  recogniser(state, event) {
    entry(state, event.call).recogniser = event.state === "pending" ? "pending" : "up";
  },
  keys(state, event) {
    state.keys = event.keys;
    state.status = event.status;
  },
  recording(state, event) {
    state.status = { ...state.status, recording: event.state };
  },
  queues(state, event, now) {
    state.queues = { queues: event.queues, agents: event.agents, at: now + state.skew };
  },
  callbacks(state, event) {
    state.callbacks = event.open;
  },
  ping(state, event) {
    state.status = event.status;
  },
};

const pending = (call) => (call.recogniser_pending ? "pending" : "up");

function entry(state, id) {
  let one = state.calls.get(id);
  if (!one) {
    one = { call: null, transcript: [], ticket: null, draft: null, recogniser: "up" };
    state.calls.set(id, one);
    for (const [old, it] of state.calls) {
      if (state.calls.size <= KEPT_CALLS) break;
      if (it.call?.outcome) state.calls.delete(old);
    }
  }
  return one;
}

/** The utterances with this one: it takes the place of its leg's unfinished one, in the order of speaking. */
export function heard(list, item) {
  const { id, speaker, leg, start, end, text, final } = item;
  // After a snapshot some events tell again what is in it already.
  const known = list.some((old) => old.final && old.leg === leg && (final ? old.start === start && old.text === text : old.start >= start));
  if (known && !final) return list;
  const rest = list.filter((old) => old.final || old.leg !== leg);
  if (known || (!text && final)) return rest;
  rest.push({ id, speaker, leg, start, end, text, final });
  rest.sort((a, b) => a.start - b.start || a.end - b.end);
  return rest.slice(-KEPT_UTTERANCES);
}

let order = { version: -1, calls: [] };

/** Calls to list, newest first, those in progress before those that ended. */
export function listed(state) {
  if (order.version !== state.version) {
    const all = [...state.calls.values()].filter((one) => one.call);
    all.sort((a, b) => (a.call.started_at < b.call.started_at ? 1 : -1));
    order = { version: state.version, calls: [...all.filter((one) => !one.call.outcome), ...all.filter((one) => one.call.outcome)] };
  }
  return order.calls;
}

/** The call on the stage: the picked one, else the first listed. */
export function chosen(state) {
  const picked = state.picked && state.calls.get(state.picked);
  return picked?.call ? picked : listed(state)[0] || null;
}

export const lastTransfer = (call) => call.transfers.at(-1) || null;
export const inFlight = (transfer) => Boolean(transfer && IN_FLIGHT.has(transfer.state));

/** Whether the desk is in the conversation and the transfer still to be ended. */
export const answered = (transfer) => Boolean(transfer && ANSWERED.has(transfer.state));

/** Whether this token may do more than look. */
export const mayPress = (state) => (state.you?.may || []).some((scope) => scope === "transfer" || scope === "admin");

/** Whether the key can be pressed now. */
export function canPress(state, call) {
  const attended = call.parties.some((party) => party.role === "attendant" && party.up);
  return mayPress(state) && state.link === "live" && !call.outcome
    && call.phase === "talking" && attended && !inFlight(lastTransfer(call));
}

/** Keys that lead to another platform than the one the caller is with. */
export function keysFor(state, call) {
  const here = call.parties.find((party) => party.role === "attendant")?.speaker || call.platform;
  return state.keys.filter((key) => key.platform !== here);
}
