// What the pages know: calls by id, each a signal of its own, so that a word in one call draws nothing of another; and each event's
// change of it. Knows no socket and no element.

import { signal } from "../vendor/preact.js";
import { skew } from "./clock.js";

/** Utterances kept per call: what fits on a screen many times over; the call's own address has all. */
export const KEPT_UTTERANCES = 200;
/** Calls that are over and still kept: an hour's worth of one agent's. Those in progress are all kept. */
export const KEPT_OVER = 30;

export const you = signal(null);
export const keys = signal([]);
export const status = signal({});
export const queues = signal({ queues: [], agents: [], at: 0 });
/** Callers waiting to be called back. */
export const callbacks = signal(0);
/** Ids of the calls known, oldest first; changes when a call comes or goes. */
export const known = signal([]);
/** Grows with every change of any call's state (not of its words): for lists over all calls. */
export const changed = signal(0);

const calls = new Map();

/** The signal of one call: {call, transcript, ticket, draft, papers, advice, recogniser, since}; its value is null for an unknown one. */
export function callOf(id) {
  return calls.get(id) || NOBODY;
}
const NOBODY = signal(null);

/** Every call's value, oldest first. Reads every signal: for lists use `changed` and `peek`. */
export const peekAll = () => [...calls.values()].map((one) => one.peek()).filter((one) => one?.call);

/** Put an event in. Returns nothing; the signals say what changed. */
export function apply(event) {
  CHANGES[event.type]?.(event);
}

const fresh = () => ({ call: null, transcript: [], ticket: null, draft: null, papers: null, advice: null, recogniser: "up", said: 0, since: {} });

function change(id, how, visible = true) {
  let one = calls.get(id);
  if (!one) {
    one = signal(fresh());
    calls.set(id, one);
    forget();
    known.value = [...calls.keys()];
  }
  one.value = { ...one.peek(), ...how(one.peek()) };
  if (visible) changed.value += 1;
}

function forget() {
  const over = [...calls].filter(([, one]) => one.peek().call?.outcome);
  for (const [id] of over.slice(0, Math.max(0, over.length - KEPT_OVER))) calls.delete(id);
}

const pending = (call) => (call.recogniser_pending ? "pending" : "up");

/** When each transfer and the call were first seen in their state, in the server's ms: what "for how long" is counted from. */
function sinces(old, call, at) {
  const since = {};
  for (const transfer of call.transfers || []) {
    const mark = `${transfer.id}/${transfer.state}`;
    since[mark] = old[mark] ?? at;
  }
  since[`call/${call.phase}`] = old[`call/${call.phase}`] ?? at;
  return since;
}

const taken = (call) => (old) => ({ call, since: sinces(old.since, call, Date.now() + skew.peek()) });

function head(event) {
  if (event.now) skew.value = Date.parse(event.now) - Date.now();
  if (event.you) you.value = event.you;
  if (event.keys) keys.value = event.keys;
  if (event.status) status.value = event.status;
}

export const CHANGES = {
  resumed: head,
  snapshot(event) {
    head(event);
    const still = new Map([...calls].map(([id, one]) => [id, one.peek().since]));
    calls.clear();
    known.value = [];
    changed.value += 1;
    CHANGES.more(event, still);
  },
  more(event, still = new Map()) {
    for (const one of event.calls || []) {
      change(one.call.id, (old) => ({
        ...fresh(), ...one, recogniser: pending(one.call), since: sinces(still.get(one.call.id) || old.since, one.call, Date.now() + skew.peek()),
      }));
    }
  },
  call(event) { change(event.call.id, taken(event.call)); },
  over(event) {
    change(event.call.id, (old) => ({ ...taken(event.call)(old), transcript: old.transcript.filter((item) => item.final || item.text) }));
  },
  utterance(event) { change(event.call, (old) => ({ transcript: heard(old.transcript, event), said: old.said + 1 }), false); },
  draft(event) { change(event.call, () => ({ draft: { elements: event.elements, category: event.category } })); },
  suggestions(event) {
    change(event.call, (old) => ({
      advice: { alerts: old.advice?.alerts || [], ranked: event.ranked, lines: event.lines, direction: event.direction },
    }), false);
  },
  alert(event) {
    change(event.call, (old) => {
      const rest = (old.advice?.alerts || []).filter((other) => other.n !== event.alert.n);
      return { advice: { ranked: [], lines: [], direction: {}, ...old.advice, alerts: [...rest, event.alert].sort((a, b) => a.n - b.n) } };
    });
  },
  ticket(event) { change(event.call, () => ({ ticket: event.ticket })); },
  papers(event) { change(event.call, () => ({ papers: event.papers })); },
  recogniser(event) { change(event.call, () => ({ recogniser: event.state === "pending" ? "pending" : "up" })); },
  keys(event) {
    keys.value = event.keys;
    if (event.status) status.value = event.status;
  },
  recording(event) { status.value = { ...status.peek(), recording: event.state }; },
  queues(event) { queues.value = { queues: event.queues, agents: event.agents, at: Date.now() + skew.peek() }; },
  callbacks(event) { callbacks.value = event.open; },
  ping: head,
};

/** The utterances with this one: it takes the place of its leg's unfinished one, in the order of speaking. */
export function heard(list, item) {
  const { id, speaker, leg, start, end, text, final, readable } = item;
  // After a snapshot some events tell again what is in it already.
  const told = list.some((old) => old.final && old.leg === leg && (final ? old.start === start && old.text === text : old.start >= start));
  if (told && !final) return list;
  const rest = list.filter((old) => old.final || old.leg !== leg);
  if (told || (!text && final)) return rest;
  rest.push({ id, speaker, leg, start, end, text, final, readable });
  rest.sort((a, b) => a.start - b.start || a.end - b.end);
  return rest.slice(-KEPT_UTTERANCES);
}

/** Whether we may do this; "admin" may everything. */
export const may = (...scopes) => (you.value?.may || []).some((scope) => scope === "admin" || scopes.includes(scope));
