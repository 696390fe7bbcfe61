// How the house is, as the wall shows it: trunks, recognisers, voice, partners, recordings' disk; and how calls are answered now.
// The first picture is asked for, then `wall` events bring the sections that change.

import { signal } from "../../vendor/preact.js";
import { get } from "../../shared/http.js";
import { hear, link } from "../../shared/live.js";

/** {trunks, recogniser, media, partners, recording, phones, queue_rates, platform_rates, names}; null before the first. */
export const house = signal(null);
export const trouble = signal(null);

const told = new Map();
let count = 0;

hear("wall", ({ type, seq, ...sections }) => {
  count += 1;
  for (const name of Object.keys(sections)) told.set(name, count);
  if (house.peek()) house.value = { ...house.peek(), ...sections };
});
// After a break without memory there is a new picture.
hear("snapshot", () => { if (house.peek()) ask(); });

/** Ask for the picture; what events have told since is newer and stays. */
export async function ask() {
  const before = count;
  try {
    const picture = await get("/api/v1/wall");
    const newer = Object.entries(house.peek() || {}).filter(([name]) => (told.get(name) || 0) > before);
    house.value = { ...picture, ...Object.fromEntries(newer) };
    trouble.value = null;
  } catch (problem) {
    if (!house.peek() && link.peek() !== "closed") trouble.value = problem;
  }
}

/** What a platform is called, with its number. */
export function platform(id) {
  const name = house.value?.names?.[id];
  return name ? `${name}（${id}）` : id;
}

const RECORDER = new Set(["off", "up"]);

/** Tiles of the house: [{id, good, says: [{text…}]}] are made by the page; here only what is wrong with each. */
export const wrong = {
  trunks: (at) => (at.trunks || []).filter((one) => one.state === "down"),
  partners: (at) => (at.partners || []).filter((one) => one.state === "down" || one.state === "trouble" || one.parked || one.expired),
  recogniser: (at) => !["up", "off"].includes(at.recogniser?.state),
  media: (at) => at.media?.state !== "up" || at.media?.rtpengine === "down",
  recording: (at) => !RECORDER.has(at.recording?.state) || lowRoom(at.recording),
};

/** Whether recordings' disk is nearly full: less than twice what is to stay free. */
export const lowRoom = (tape) => tape?.free_mb !== undefined && tape.free_mb < 2 * tape.least_mb;
