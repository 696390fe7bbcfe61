// One call under review: its sound and words beside the form, marks and comments, and what can be taken home of it.

import { html, useMemo, useState } from "../../vendor/preact.js";
import { moment, span } from "../../shared/clock.js";
import { get } from "../../shared/http.js";
import { Failed, Loading, useAnswer } from "../../shared/states.js";
import { goTo } from "../../shared/tabs.js";
import { trying } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { download } from "./files.js";
import { Notes, markHere } from "./notes.js";
import { Player, seek, useKeys } from "./player.js";
import { Score } from "./score.js";
import { agents } from "./search.js";
import { Transcript } from "./transcript.js";

export function Call({ id }) {
  const at = encodeURIComponent(id);
  const review = useAnswer(() => get(`/api/v1/reviews/${at}`), [id]);
  const words = useAnswer(() => get(`/api/v1/calls/${at}/transcript`), [id]);
  const both = () => { review.again(); words.again(); };
  const wrong = review.problem || words.problem;
  if (wrong && !(review.data && words.data)) return html`<div class="rv"><${Back} /><${Failed} problem=${wrong} again=${both} /></div>`;
  if (!review.data || !words.data) return html`<div class="rv"><${Back} /><${Loading} /></div>`;
  return html`<${Whole} view=${review.data} transcript=${words.data} again=${both} noted=${review.again} />`;
}

const Back = () => html`<button type="button" class="button small" onClick=${() => goTo("review")}>← ${t("rv/back")}</button>`;

function Whole({ view, transcript, again, noted }) {
  const [lit, turn] = useState([]);
  const times = useMemo(() => new Map(transcript.utterances.map((said) => [said.seq, said.start])), [transcript]);
  const light = (seq) => {
    turn([seq]);
    document.getElementById(`rv-${seq}`)?.scrollIntoView({ block: "center" });
    seek(times.get(seq) ?? 0);
  };
  useKeys(() => markHere(view.call, "other", noted));
  return html`<div class="rv rv-call">
    <${Head} view=${view} transcript=${transcript} />
    <div class="rv-columns">
      <div class="rv-main"><${Player} recordings=${view.recordings} marks=${view.notes} />
        <div class="card rv-text"><${Transcript} call=${view.call} transcript=${transcript} lit=${lit} again=${again} /></div></div>
      <${Side} view=${view} times=${times} light=${light} noted=${noted} />
    </div>
  </div>`;
}

/** The form, or marks and comments; what is written into either stays while the other is looked at. */
function Side({ view, times, light, noted }) {
  const [open, show] = useState("score");
  const parts = [["score", t("rv/score")], ["notes", `${t("rv/notes")}${view.notes.length ? ` ${view.notes.length}` : ""}`]];
  return html`<div class="rv-side">
    <div class="rv-nav" role="group">${parts.map(([name, label]) => html`<button key=${name} type="button" class="button small" data-side=${name} aria-pressed=${open === name}
      onClick=${() => show(name)}>${label}</button>`)}</div>
    <div class="rv-part" hidden=${open !== "score"}><${Score} view=${view} times=${times} light=${light} again=${noted} /></div>
    <div class="rv-part" hidden=${open !== "notes"}><${Notes} call=${view.call} notes=${view.notes} again=${noted} /></div>
  </div>`;
}

function Head({ view, transcript }) {
  return html`<header class="rv-head card"><${Back} />
    <h2>${moment(view.started_at)}</h2>
    <span>${view.caller || t("rv/unknown")}</span><span>${agents(view.agents.filter((one) => one.number))}</span>
    ${view.category.name && html`<span>${view.category.name}</span>`}
    ${view.seconds !== null && html`<span class="muted">${span(view.seconds)}</span>`}
    ${view.state !== "final" && html`<span class="flag busy">${t(`rv/${view.state}`)}</span>`}
    ${transcript.covered && html`<span class="flag calm">${t("rv/covered")}</span>`}
    <${Export} view=${view} />
  </header>`;
}

function Export({ view }) {
  const at = encodeURIComponent(view.call);
  const tapes = view.recordings.filter((tape) => tape.state === "there");
  const files = [
    ["text", `/api/v1/calls/${at}/transcript?format=text`, "txt"], ["srt", `/api/v1/calls/${at}/transcript?format=srt`, "srt"],
    ["json", `/api/v1/calls/${at}/transcript?format=json`, "json"], ["vcon", `/api/v1/calls/${at}/transcript?format=vcon`, "vcon.json"],
    ...tapes.map((tape) => ["audio", `/api/v1/recordings/${tape.id}/audio`, `${tape.id}.wav`]),
    ["review_text", `/api/v1/reviews/${at}/export?format=text`, "review.txt"], ["review_json", `/api/v1/reviews/${at}/export?format=json`, "review.json"],
  ];
  const name = view.call.replace(/[^\w.-]/g, "_");
  const take = async (event) => {
    const chosen = files[Number(event.target.value)];
    event.target.value = "";
    if (chosen) await trying(() => download(chosen[1], `${name}.${chosen[2]}`));
  };
  return html`<select class="rv-export button small" aria-label=${t("rv/export")} onChange=${take}><option value="">${t("rv/export")}…</option>
    ${files.map(([kind], n) => html`<option value=${n}>${t(`rv/file/${kind}`)}</option>`)}</select>`;
}
