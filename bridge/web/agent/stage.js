// Which call or ticket is on the stage. Follows the agent's own telephone; what somebody picks by hand stays until the telephone rings.

import { computed, signal } from "../vendor/preact.js";
import { callOf, changed, peekAll, you } from "../shared/store.js";

const ANSWERED = new Set(["joined", "consulting", "swapped"]);
const IN_FLIGHT = new Set(["dialling", "ringing", "left-dialling", "left-ringing", ...ANSWERED]);

/** Whether this page is the agent's telephone itself (phone.js says so): then its own buttons hold and hang up. */
export const ownVoice = signal(false);
/** Utterances to point out in the captions. */
export const lit = signal([]);
export const point = (ids) => { lit.value = ids; };

/** {call} or {ticket}, and when it was picked. */
export const picked = signal(null);
export const pick = (what) => { picked.value = { ...what, at: performance.now() }; lit.value = []; };

export const lastTransfer = (call) => call.transfers.at(-1) || null;
export const inFlight = (transfer) => Boolean(transfer && IN_FLIGHT.has(transfer.state));
/** The desk is in the conversation and the transfer still to be ended. */
export const answered = (transfer) => Boolean(transfer && ANSWERED.has(transfer.state));
export const callerOf = (call) => call.parties.find((party) => party.role === "caller") || { number: "" };
export const withWhom = (call) => call.parties.find((party) => party.role === "attendant" && party.up)?.speaker || "";

const extension = () => you.value?.extension || "";

/** The agent's own leg in a call. */
export const ownParty = (call) => call.parties.find((party) => (call.your_leg ? party.leg === call.your_leg : extension() && (party.agent ?? party.number) === extension()));
export const mine = (call) => call.yours ?? Boolean(ownParty(call));
/** The platform a transfer is on its way to, "" for none: our own key's, or another bridge's that has handed the call to us with its ticket. */
const bound = (call) => (inFlight(lastTransfer(call)) ? lastTransfer(call).platform : call.brought && !call.outcome && !withWhom(call) ? call.platform : "");
/** A transfer on its way to this agent's platform, or to their own telephone. */
export const incoming = (call) => Boolean(bound(call)) && (extension() ? mine(call) && !ownParty(call)?.up : bound(call) === you.value?.platform);
/** Whoever has neither telephone nor platform only looks on. */
const looksOn = () => !extension() && !you.value?.platform;
/** The call is with this agent: on their telephone, or at their platform where they have none. */
const here = (call) => (extension() ? mine(call) : withWhom(call) === you.value?.platform);

/** Whether the call is this agent's to lead: on their telephone, or at their platform where they have none. Who sees all may lead all. */
export function ours(call) {
  const { role, platform } = you.value || {};
  if (role === "agent" && extension()) return mine(call);
  return !platform || (call.parties.find((party) => party.role === "attendant")?.speaker || call.platform) === platform;
}

const appeared = new Map();

/** The call that wants attention most, and since when it does. */
function urgent(all) {
  const ranks = [(call) => mine(call) && ownParty(call)?.up, mine, incoming, here];
  const live = all.filter((one) => !one.call.outcome).reverse();
  for (const rank of ranks) {
    const found = live.find((one) => rank(one.call));
    if (!found) continue;
    if (!appeared.has(found.call.id)) appeared.set(found.call.id, performance.now());
    return { call: found.call.id, at: appeared.get(found.call.id) };
  }
  return null;
}

/** What is shown: {call} or {ticket}, null for nothing. */
export const chosen = computed(() => {
  changed.value;  // any call's state
  const all = peekAll(), hand = picked.value;
  const held = hand && (hand.ticket || all.some((one) => one.call.id === hand.call)) ? hand : null;
  const wants = looksOn() ? null : urgent(all);
  if (wants && (!held || wants.at > held.at)) return wants;
  if (held) return held;
  const first = listed(all)[0];
  return first ? { call: first.call.id } : null;
});

/** The call on the stage: its whole value, or null. Whoever reads it is drawn anew with every word. */
export const onStage = computed(() => (chosen.value?.call ? callOf(chosen.value.call).value : null));
/** The same without its words: for parts that captions need not touch. */
export const stageCall = computed(() => onStage.value?.call || null);

/** Calls to list: in progress before ended, newest first. */
export function listed(all) {
  const order = [...all].sort((a, b) => (a.call.started_at < b.call.started_at ? 1 : -1));
  return [...order.filter((one) => !one.call.outcome), ...order.filter((one) => one.call.outcome)];
}
