// Who is in a call, in words.

import { queues } from "../../shared/store.js";
import { speaker, t } from "../../shared/words.js";

/** An agent's name by the number of their telephone. */
export const names = () => Object.fromEntries(queues.value.agents.map((one) => [one.number, one.name]));

/** The caller's number, or that none is shown. */
export function caller(call) {
  const own = (call.parties || []).find((party) => party.role === "caller");
  return call.display || own?.number || t("wall/hidden");
}

/** One party: 诉求人, 8001 一号, 110. */
export function who(party, named = names()) {
  if (party.role === "caller") return speaker("caller");
  const name = named[party.number];
  return name ? `${name} ${party.number}` : `${speaker(party.speaker)} ${party.number}`;
}

/** What a party is doing: hold, aside, rings or up. */
export const doing = (party) => (!party.up ? "rings" : party.aside ? "aside" : party.holds || party.held ? "hold" : "up");
