// Which calls the wall lists, and in which order. Pure: values in, values out.

/** Calls drawn at once; the others are counted. */
export const MOST = 200;

/** Transfers on their way. */
export const MOVING = new Set(["dialling", "ringing", "left-dialling", "left-ringing", "joined", "consulting", "swapped"]);
const WAITING = new Set(["setup", "queued", "recalling", "alone"]);

/** Alerts that still stand. */
export const standing = (one) => (one.advice?.alerts || []).filter((alert) => alert.state !== "withdrawn");
export const transfer = (call) => (call.transfers || []).at(-1) || null;
export const supervisors = (call) => (call.parties || []).filter((party) => party.role === "supervisor");
/** Everybody but supervisors. */
export const people = (call) => (call.parties || []).filter((party) => party.role !== "supervisor");

const SHOWS = {
  all: () => true,
  alert: (one) => standing(one).length > 0,
  transfer: (one) => MOVING.has(transfer(one.call)?.state),
  waiting: (one) => WAITING.has(one.call.phase),
  silent: (one) => Boolean(one.call.silent || one.call.quiet),
  caution: (one) => Boolean(one.call.caution),
  monitored: (one) => supervisors(one.call).length > 0,
};
export const SHOWN = Object.keys(SHOWS);

const started = (one) => Date.parse(one.call.started_at) || 0;
const oldest = (a, b) => started(a) - started(b);
const agentOf = (one) => people(one.call).find((party) => party.role === "attendant")?.number || "￿";
const urgency = (one) => (one.call.outcome ? 0 : standing(one).some((alert) => alert.state === "confirmed") ? 3 : standing(one).length ? 2 : 1);

const ORDERS = {
  alert: (a, b) => urgency(b) - urgency(a) || oldest(a, b),
  age: oldest,
  fresh: (a, b) => oldest(b, a),
  agent: (a, b) => agentOf(a).localeCompare(agentOf(b)) || oldest(a, b),
};
export const ORDERED = Object.keys(ORDERS);

/** The calls to list: {rows: at most MOST of them, more: how many besides}. names: agent's number -> name. */
export function listed(calls, { find = "", only = "all", order = "alert", over = false }, names = {}) {
  const wanted = find.trim().toLowerCase();
  const fits = calls.filter((one) => (over || !one.call.outcome) && SHOWS[only](one) && (!wanted || says(one, names).includes(wanted)));
  // Those that are over stand behind those that go on, whatever the order.
  fits.sort((a, b) => Boolean(a.call.outcome) - Boolean(b.call.outcome) || ORDERS[order](a, b));
  return { rows: fits.slice(0, MOST), more: Math.max(0, fits.length - MOST) };
}

function says({ call }, names) {
  const numbers = (call.parties || []).flatMap((party) => [party.number, names[party.number]]);
  return [call.id, call.number, call.display, call.route, call.platform, call.queue, ...numbers].filter(Boolean).join(" ").toLowerCase();
}

/** The newest thing said: {speaker, text, final}; null: nothing yet. */
export const last = (one) => one.transcript.findLast?.((item) => item.text) || null;
