// Listening in, whispering to the agent, barging in: the supervisor's own extension is rung. Only for whoever has the right.

import { html, useState } from "../../vendor/preact.js";
import { del, post, put } from "../../shared/http.js";
import { may, you } from "../../shared/store.js";
import { toast, trying } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { supervisors } from "./order.js";

const w = (word, fill) => t(`wall/${word}`, fill);
const MODES = ["listen", "whisper", "barge"];

export function Monitor({ call }) {
  const [leg, setLeg] = useState(""), [busy, setBusy] = useState(false);
  if (!may("monitor")) return html`<p class="muted">${w("no_monitor")}</p>`;
  const all = supervisors(call);
  const mine = all.find((party) => party.leg === (leg || call.your_leg) || (!leg && you.value?.extension && party.number === you.value.extension));
  const others = all.filter((party) => party !== mine);
  const base = `/api/v1/calls/${encodeURIComponent(call.id)}/monitor`;
  const act = async (work) => { setBusy(true); await trying(work); setBusy(false); };
  const press = (mode) => act(async () => {
    if (mine) { await put(`${base}/${encodeURIComponent(mine.leg)}`, { mode }); return; }
    const answer = await post(base, { mode });
    setLeg(answer?.leg || "");
    toast(w("monitor_started"), "good");
  });
  const quit = () => act(async () => { await del(`${base}/${encodeURIComponent(mine.leg)}`); setLeg(""); toast(w("monitor_left"), "good"); });
  return html`<div class="wl-monitor" role="group" aria-label=${w("monitor")}>
    ${MODES.map((mode) => html`<button key=${mode} type="button" class=${`button ${mine?.mode === mode ? "primary" : ""} ${mode === "barge" ? "harsh" : ""}`} disabled=${busy}
      aria-pressed=${mine?.mode === mode} title=${w(`mode_help/${mode}`)} onClick=${() => press(mode)}>${w(`modes/${mode}`)}</button>`)}
    ${mine && html`<button type="button" class="button" disabled=${busy} onClick=${quit}>${w("leave")}</button>`}
    <p class="muted" role="status">${mine ? (mine.up ? `${w("monitoring", { mode: w(`modes/${mine.mode}`) })}：${w(`mode_help/${mine.mode}`)}` : w("monitor_rings")) : ""}
      ${others.length ? w("others", { who: others.map((party) => party.number).join("、") }) : ""}</p>
  </div>`;
}
