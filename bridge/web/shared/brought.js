// What another bridge's ticket says of the call it hands to us. Others wrote it: whatever has another shape is left out, the rest is text.

import { KEPT_UTTERANCES } from "./store.js";

/** Before the ids of their utterances: ours may be called the same. */
const THEIRS = "brought/";

const text = (value) => (typeof value === "string" ? value : "");
const things = (value) => (Array.isArray(value) ? value.filter((each) => each && typeof each === "object") : []);
const thing = (value) => (value && typeof value === "object" ? value : {});
const seconds = (value) => (Number.isFinite(value) ? value : 0);
/** Their id as it is called here. */
export const theirs = (id) => THEIRS + id;

const read = new WeakMap();

/** {ticket, from, version, state, category, elements, said, alerts} of a call's `papers` (docs/live.md), null for none. Read once a version. */
export function broughtOf(papers) {
  if (!papers) return null;
  if (!read.has(papers)) read.set(papers, reading(papers));
  return read.get(papers);
}

function reading(papers) {
  const { category } = papers, elements = thing(papers.elements);
  return {
    ticket: text(papers.ticket), from: text(papers.from_platform), version: papers.version, state: text(papers.state),
    category: category ? { name: text(category.name) || text(category.id), to: text(category.to), urgent: Boolean(category.urgent) } : null,
    elements: Object.fromEntries(Object.entries(elements).map(([name, one]) => [name, element(thing(one))])),
    said: things(thing(papers.transcript).utterances).filter((one) => text(one.text)).map(spoken).sort((a, b) => a.start - b.start).slice(-KEPT_UTTERANCES),
    alerts: things(papers.alerts).filter((one) => text(one.said)).map((one) => ({ ...one, utterance: theirs(one.utterance) })),
  };
}

const element = (one) => ({
  value: text(one.value), source: text(one.source), said: text(one.said), resolved: text(one.resolved), until: text(one.until),
  confidence: one.confidence, utterances: (Array.isArray(one.utterances) ? one.utterances : []).map(theirs),
});

const spoken = (one) => ({
  id: theirs(one.id), speaker: text(one.speaker), leg: theirs(one.leg), start: seconds(one.start), end: seconds(one.end), text: one.text,
  readable: text(one.readable), final: one.final !== false,
});
