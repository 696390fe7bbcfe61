// The page drawn from the state. Data becomes text nodes only, never markup (dom.js). A part is built anew only when what it
// shows has changed; captions are kept node by node, so that a screen reader and a scroll bar stay where they are.

import { adviceCard, adviceShown, alertsBar, alertsShown, standing } from "./advice.js";
import { h } from "./dom.js";
import { elementsCard, elementsShown } from "./elements.js";
import { queuesCard, queuesShown } from "./queues.js";
import { answered, canPress, chosen, inFlight, keysFor, lastTransfer, listed, mayPress } from "./state.js";
import { badge, language, speaker, t } from "./words.js";

/** Calls in the list: more than anybody reads; the rest are in the figures above. */
const LISTED = 60;
/** Closer to the end than this the captions follow what is said; farther up somebody is reading. */
const FOLLOW_PX = 80;

const $ = (id) => document.getElementById(id);

const drawn = new Map();

/** Fill the part `id` with build() if `shown`, a plain value, is not what it shows already. */
function part(id, shown, build) {
  const mark = language() + JSON.stringify(shown);
  if (drawn.get(id) === mark) return;
  drawn.set(id, mark);
  const focus = document.activeElement?.dataset?.focus;
  $(id).replaceChildren(...[build()].flat().filter(Boolean));
  if (focus && !document.activeElement?.dataset?.focus) $(id).querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
}

export function draw(state, local, actions) {
  const one = chosen(state);
  const now = Date.now() + state.skew;
  frame(state, local);
  part("calls", listShown(state, one), () => list(state, one, actions));
  document.body.classList.toggle("empty", !one);
  stage(state, local, one, actions);
  captions(one);
  part("alerts", alertsShown(one), () => alertsShown(one) && alertsBar(one));
  part("advice", adviceShown(one), () => adviceShown(one) && adviceCard(one));
  part("queues", queuesShown(state), () => queuesShown(state) && queuesCard(state, actions));
  part("category", one && [category(one), one.call.id], () => one && categoryCard(category(one)));
  part("elements", one && elementsShown(state, local, one), () => one && elementsCard(state, local, one, actions));
  part("timings", one && [one.call.marks, one.call.transfers.length], () => one && timings(one.call));
  for (const time of document.querySelectorAll("[data-since]")) tick(time, now);
}

/** Durations go on without anything being built anew: a button must be the same when it is let go. */
function tick(time, now) {
  const text = minutes(Math.max(0, (now - Number(time.dataset.since)) / 1000));
  if (time.textContent !== text) time.textContent = text;
}

// --- the frame ---

function frame(state, local) {
  part("chips", [state.link, state.status], () => chips(state));
  for (const [id, word] of [["title", "title"], ["language", "language"], ["login-title", "login"], ["login-help", "login_help"],
    ["login-label", "token"], ["login-go", "enter"]]) {
    if ($(id).textContent !== t(word)) $(id).textContent = t(word);
  }
  $("calls").setAttribute("aria-label", t("calls"));
  $("captions").setAttribute("aria-label", t("captions"));
  $("notice").hidden = !local.notice;
  if ($("notice").textContent !== local.notice) $("notice").textContent = local.notice;
}

function chips(state) {
  const { phones, calls, tickets_waiting: waiting, recogniser, recording, media, trunks } = state.status;
  const dead = (trunks || []).filter((trunk) => trunk.state === "down").map((trunk) => trunk.label || trunk.name);
  const count = (word, value) => (typeof value === "number" ? h("span", { class: "chip" }, `${t(word)} `, h("b", {}, String(value))) : null);
  const health = (word, given, value = given === true ? "up" : given === false ? "off" : given) => (typeof value === "string"
    ? h("span", { class: `chip ${value === "up" || value === "off" ? "" : "bad"}` }, `${t(word)} `, h("b", {}, t(`health/${value}`))) : null);
  return [
    health("recogniser", recogniser), recording ? health("recording", recording) : null, health("media", media), count("phones", phones), count("active", calls),
    waiting ? count("waiting", waiting) : null,
    dead.length ? h("span", { class: "chip bad" }, `${t("dead_trunks")} `, h("b", {}, dead.join("、"))) : null,
    h("span", { class: `chip link ${state.link}` }, h("i", { class: "dot", "aria-hidden": "true" }), t(`link/${state.link}`)),
  ];
}

// --- the list of calls ---

const listShown = (state, one) => [one?.call.id, listed(state).slice(0, LISTED).map((item) => [
  item.call.id, item.call.silent, item.call.phase, item.call.outcome, lastTransfer(item.call)?.state, withWhom(item.call),
  item.ticket?.category?.urgent || item.draft?.category?.urgent, standing(item).length,
])];

function list(state, one, actions) {
  return listed(state).slice(0, LISTED).map((item) => {
    const { call, ticket, draft } = item;
    const moving = lastTransfer(call);
    const urgent = (ticket || draft)?.category?.urgent && !call.outcome;
    return h("button", {
      class: `call ${call.outcome ? "over" : ""} ${inFlight(moving) ? "moving" : ""}`, type: "button", "data-focus": call.id,
      "aria-current": call.id === one?.call.id ? "true" : null, onclick: () => actions.pick(call.id),
    },
    h("span", { class: "call-who" }, callerOf(call).number || "—", standing(item).length && !call.outcome ? h("em", { class: "flag" }, `⚠ ${t("danger")}`) : urgent ? h("em", { class: "flag" }, t("urgent")) : null,
      call.caution ? h("em", { class: `flag caution ${call.caution.measure}` }, t(`caution/${call.caution.measure}`)) : null,
      call.silent && !call.outcome ? h("em", { class: "flag" }, t("silent_call")) : null),
    when(call, "call-time"),
    h("span", { class: "call-what" }, summary(call)));
  });
}

/** How long it has lasted, or when it was. */
const when = (call, name) => (call.outcome ? h("time", { class: name }, clock(call.started_at))
  : h("time", { class: name, "data-since": String(Date.parse(call.started_at)) }));

function summary(call) {
  const moving = lastTransfer(call);
  if (call.outcome) return moving?.state === "connected" ? said(moving) : `${t("phase/over")} · ${t(`outcome/${call.outcome}`)}`;
  if (inFlight(moving)) return said(moving);
  const other = withWhom(call);
  return call.phase === "talking" && other ? `${t("phase/talking")} · ${speaker(other)}` : t(`phase/${call.phase}`);
}

const callerOf = (call) => call.parties.find((party) => party.role === "caller") || { number: "" };
const withWhom = (call) => call.parties.find((party) => party.role === "attendant" && party.up)?.speaker || "";

// --- the call on the stage ---

function stage(state, local, one, actions) {
  const call = one?.call, moving = call && lastTransfer(call);
  part("head", call && [call.id, call.phase, call.outcome, call.caution, call.silent, call.quiet, canHush(state, call), canMark(state, call)], () => (call ? headLine(state, call, actions) : welcome()));
  part("people", call && [call.parties, call.outcome, call.queue, call.quiet, moving?.state, call.quality], () => call && people(call));
  part("progress", moving && [moving, call.phase, call.marks, call.transfers.length], () => moving && progress(call, moving));
  const shown = call && [call.id, call.phase, call.outcome, moving?.id, moving?.may, inFlight(moving), keysFor(state, call), canPress(state, call),
    local.pressing.has(call.id), state.you?.may];
  part("keys", shown, () => call && keys(state, local, call, moving, actions));
}

function headLine(state, call, actions) {
  return [
    h("h2", {}, callerOf(call).number || "—"),
    h("span", { class: `phase ${call.phase}` }, t(`phase/${call.phase}`)),
    call.outcome ? h("span", { class: "muted" }, t(`outcome/${call.outcome}`)) : null,
    call.caution ? h("em", { class: `flag caution ${call.caution.measure}`, title: call.caution.why },
      `${t(`caution/${call.caution.measure}`)}：${call.caution.why}`) : null,
    call.silent ? h("em", { class: "flag" }, t("silent_call")) : null,
    call.quiet ? h("em", { class: "flag hushed", title: t("quiet_help") }, t("quiet_line")) : null,
    canHush(state, call) ? h("button", { class: "small", type: "button", "data-focus": "hush", title: t("quiet_help"),
      onclick: () => actions.hush(call.id) }, t("make_quiet")) : null,
    canMark(state, call) ? h("button", { class: "small", type: "button", "data-focus": "mark", title: t("mark_help"),
      onclick: () => actions.mark(call.id, callerOf(call).number) }, t("mark_caller")) : null,
    when(call, "head-time"),
  ];
}

const canHush = (state, call) => mayPress(state) && state.link === "live" && !call.outcome && !call.quiet && call.phase === "talking";

const canMark = (state, call) => mayPress(state) && state.link === "live" && !call.caution && /^[0-9*#+]+$/.test(callerOf(call).number) && !callerOf(call).number.includes("**");

const welcome = () => h("div", { class: "welcome" }, h("h2", {}, t("none")), h("p", {}, t("none_help")));

function people(call) {
  const caller = callerOf(call);
  const attendant = call.parties.find((party) => party.role === "attendant");
  const recipient = call.parties.find((party) => party.role === "recipient");
  const row = [person(caller, call)];
  if (attendant) row.push(between(caller, attendant, call), person(attendant, call));
  if (recipient) row.push(between(attendant || caller, recipient, call), person(recipient, call));
  return row;
}

function between(one, other, call) {
  if (one.role === "caller" && call.phase === "desks") return join("gone");
  if (!one.up || !other.up) return join("rings");
  return join([one, other].some((party) => party.holds || party.aside) ? "held" : "talks");
}

const join = (kind) => h("span", { class: `join ${kind}`, "aria-hidden": "true" });

function person(party, call) {
  return h("div", { class: `person who-${tone(party.speaker)} ${party.up ? "up" : legState(party, call) === "gone" ? "left" : "not-up"}` },
    h("span", { class: "badge", "aria-hidden": "true" }, badge(party.speaker)),
    h("span", { class: "person-name" }, speaker(party.speaker)),
    h("span", { class: "person-state" }, t(`leg/${legState(party, call)}`), party.secure ? h("span", { class: "secure", title: t("secure") }, "🔒") : null, sound(call.quality?.[party.leg])));
}

/** How this line sounds, once there are figures: a light with its word, the figures on hover. */
function sound(figures) {
  if (!figures) return null;
  const far = figures.mos_far === null ? "" : ` / ${figures.mos_far}`;
  const title = `MOS ${figures.mos}${far} · ${t("loss")} ${(figures.loss * 100).toFixed(1)}% · ${t("jitter")} ${figures.jitter_ms} ${t("ms")}`;
  return h("span", { class: `sound ${figures.light}`, title }, t(`sound/${figures.light}`));
}

function legState(party, call) {
  if (call.outcome || (party.role === "caller" && call.phase === "desks")) return "gone";
  if (!party.up && party.role === "caller") return "hears_ring";
  if (!party.up) return party.role === "recipient" && !lastTransfer(call)?.state.endsWith("ringing") ? "dials" : "rings";
  const alone = party.role === "caller" && !withWhom(call);
  if (call.quiet && party.role === "caller" && (alone || party.aside || party.plays)) return "hush";
  if (party.holds) return "hold";
  if (alone && call.queue && !party.plays) return "aside";
  if (party.aside) return "aside";
  if (party.plays) return "hears";
  return alone ? "hears_ring" : "up";
}

/** A class for a speaker's colour. */
const tone = (id) => ({ caller: "caller", "12345": "hotline", "110": "police" })[id] || "other";

function said(transfer) {
  return t(`state/${transfer.state}`, { who: speaker(transfer.platform), why: t(`why/${transfer.reason}`) });
}

const kind = (state) => ({ connected: "good", joined: "good", failed: "bad", recalled: "bad", cancelled: "plain", abandoned: "plain", returned: "plain" })[state] || "busy";

function progress(call, transfer) {
  const newest = call.transfers.length === 1 || inFlight(transfer) ? call.marks : {};
  $("progress").className = `progress ${kind(transfer.state)}`;
  return [
    h("p", { class: "progress-said" }, h("b", {}, said(transfer)), transfer.mode === "direct" ? null : h("span", { class: "mode" }, t(`mode/${transfer.mode}`)),
      h("span", {}, call.phase === "desks" ? t("phase/desks") : t(`calm/${transfer.state}`))),
    kind(transfer.state) === "plain" ? null : h("ol", { class: "steps" }, steps(transfer, newest)),
  ];
}

function steps(transfer, marks) {
  const done = transfer.state === "connected" || answered(transfer);
  const rang = transfer.state.endsWith("ringing") || done || ["silent", "left"].includes(transfer.reason);
  const failed = kind(transfer.state) === "bad";
  const one = (name, reached, took, wrong = false) => h("li", { class: wrong ? "wrong" : reached ? "reached" : "" },
    h("span", {}, wrong ? t(`why/${transfer.reason}`) : t(`step/${name}`)), took === undefined ? null : h("small", {}, millis(took)));
  return [one("pressed", true), one("invite", true, marks.press_to_invite_ms), one("ring", rang),
    one("done", done, done ? marks.press_to_answer_ms : undefined, failed)];
}

const MODES = ["direct", "conference", "consult"];

function keys(state, local, call, moving, actions) {
  if (call.outcome || call.phase === "desks") return null;
  const pressing = local.pressing.has(call.id);
  if (inFlight(moving)) return steering(state, call, moving, actions, pressing);
  const off = pressing || !canPress(state, call);
  return keysFor(state, call).map((key) => {
    const usual = key.mode || "direct";
    const small = [usual === "direct" ? "" : t(`mode/${usual}`), key.feature_code ? `${t("code")} ${key.feature_code}` : ""].filter(Boolean).join(" · ");
    return h("div", { class: `key-set who-${tone(key.platform)}` },
      h("button", {
        class: `key ${key.state || "up"}`, type: "button", "data-focus": `key-${key.number}`, disabled: off,
        title: mayPress(state) ? key.name : t("read_only"), onclick: () => actions.press(call.id, key.number),
      }, h("span", {}, pressing ? t("pressing") : `${t("press")} ${key.number}`), small ? h("small", {}, small) : null,
      key.state && key.state !== "up" ? h("small", { class: "trouble" }, t(`key_state/${key.state}`)) : null),
      h("div", { class: "key-modes" }, MODES.filter((mode) => mode !== usual).map((mode) => h("button", {
        class: "key-mode", type: "button", "data-focus": `key-${key.number}-${mode}`, disabled: off,
        title: `${t(`mode/${mode}`)} ${key.number}`, onclick: () => actions.press(call.id, key.number, mode),
      }, t(`short/${mode}`)))));
  });
}

/** What can be done with the transfer in flight: the server says what, in the order of its table. */
function steering(state, call, moving, actions, pressing) {
  const three = { complete: "leave", cancel: "drop" };
  return (moving.may || []).map((wish) => h("button", {
    class: `key ${wish === "cancel" ? "cancel" : wish === "complete" ? "" : "turn"}`, type: "button", "data-focus": wish, disabled: pressing || !mayPress(state),
    onclick: () => (wish === "cancel" ? actions.cancel(call.id) : actions.steer(call.id, wish)),
  }, t(`steer/${(moving.state === "joined" && three[wish]) || wish}`)));
}

// --- captions ---

const nodes = new Map();
let captioned = "";

function captions(one) {
  const box = $("captions");
  const call = one?.call.id || "";
  const follow = captioned !== call || box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
  if (captioned !== call + language()) { nodes.clear(); box.replaceChildren(); }
  captioned = call + language();
  const wanted = one ? [...notes(one), ...one.transcript.map(bubble)] : [];
  let changed = false;
  const keep = new Set(wanted.map((item) => item.key));
  for (const [key, item] of nodes) if (!keep.has(key)) { item.node.remove(); nodes.delete(key); changed = true; }
  wanted.forEach((item, place) => {
    const old = nodes.get(item.key);
    let node = old?.node;
    if (!old || old.mark !== item.mark) {
      node = item.build();
      old?.node.replaceWith(node);
      nodes.set(item.key, { node, mark: item.mark });
      changed = true;
    }
    if (box.children[place] !== node) box.insertBefore(node, box.children[place] || null);
  });
  if (changed && follow) box.scrollTop = box.scrollHeight;
}

function notes(one) {
  if (one.recogniser === "pending") return [{ key: "note", mark: "pending", build: () => h("p", { class: "note bad" }, t("recogniser_pending")) }];
  const { transcript_state: state, transcript_reason: why } = one.call || {};
  if (state === "pending" || state === "incomplete") return [{ key: "note", mark: `${state}${why}`, build: () => h("p", { class: "note bad" }, t(`transcript/${why || state}`)) }];
  if (one.transcript.length) return [];
  return [{ key: "note", mark: "none", build: () => h("p", { class: "note" }, t("nobody_spoke")) }];
}

function bubble(item) {
  return {
    key: `${item.leg}|${item.final ? item.start : "now"}`,
    mark: `${item.start}|${item.final}|${item.readable || item.text}`,
    build: () => h("div", { class: `said who-${tone(item.speaker)} ${item.final ? "" : "interim"} ${item.speaker === "caller" ? "" : "other-side"}` },
      h("p", { class: "said-who" }, speaker(item.speaker), h("time", {}, minutes(item.start))),
      h("p", { class: "said-text" }, item.readable || item.text, item.final ? null : h("i", { class: "more", "aria-hidden": "true" }))),
  };
}

// --- the ticket ---

const paper = (one) => one.ticket || one.draft;
const category = (one) => paper(one)?.category || null;

function categoryCard(found) {
  if (!found) return [h("h3", {}, t("category")), h("p", { class: "muted" }, t("no_category"))];
  return [
    h("h3", {}, t("category"), h("span", { class: "muted" }, t("list", { n: found.list }))),
    h("p", { class: `category who-${tone(found.to)}` }, h("b", {}, found.name), found.urgent ? h("em", { class: "flag" }, t("urgent")) : null),
    h("p", { class: "muted" }, t("to", { who: found.to })),
    h("p", { class: "evidence" }, h("span", { class: "muted" }, t("evidence")), found.evidence.map((word) => h("mark", {}, word))),
  ];
}

const MARKS = ["press_to_invite_ms", "press_to_ticket_ms", "press_to_answer_ms", "answer_to_audio_ms", "caller_gap_ms"];

function timings(call) {
  const known = MARKS.filter((name) => name in call.marks);
  if (!known.length) return null;
  return [h("h3", {}, t("timings")), h("dl", { class: "timings" }, known.map((name) =>
    h("div", {}, h("dt", {}, t(`mark/${name}`)), h("dd", {}, millis(call.marks[name])))))];
}

// --- figures ---

const two = (number) => String(number).padStart(2, "0");
const minutes = (seconds) => `${two(Math.floor(seconds / 60))}:${two(Math.floor(seconds % 60))}`;
const clock = (iso) => { const at = new Date(iso); return `${two(at.getHours())}:${two(at.getMinutes())}`; };

function millis(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${t("ms")}`;
}
