// Tickets this agent's platform has to do something about: asked for once, and again when one of them is handled.

import { signal } from "../vendor/preact.js";
import { get } from "../shared/http.js";
import { hear } from "../shared/live.js";
import { may, you } from "../shared/store.js";

const PAUSE_MS = 500;
const MOST = 30;

/** Rows of /api/v1/tickets that wait for this platform (or, for who sees all, that are open). */
export const todo = signal([]);

let due = 0;

/** Soon, and once for many events. */
function ask() {
  if (due || !may("tickets", "exchange")) return;
  due = setTimeout(async () => {
    due = 0;
    const own = you.value?.platform || "";
    const answer = await get(`/api/v1/tickets?only=open&most=${MOST}`).catch(() => null);
    if (answer) todo.value = answer.tickets.filter((row) => !own || row.holder === own || row.state === "feedback" || row.state === "returned" || row.state === "negotiating");
  }, PAUSE_MS);
}

for (const type of ["snapshot", "handling", "deadline"]) hear(type, ask);
