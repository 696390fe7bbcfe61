// Marks and comments at a call, in its order; new ones at the second where the sound is.

import { html, useState } from "../../vendor/preact.js";
import { moment, span } from "../../shared/clock.js";
import { del, post, told } from "../../shared/http.js";
import { you } from "../../shared/store.js";
import { toast, trying } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { second, seek } from "./player.js";

const FLAGS = ["good", "bad", "unclear", "training", "other"];
const MOST = 2000;

export function Notes({ call, notes, again }) {
  return html`<section class="card rv-notes" aria-label=${t("rv/notes")}>
    <h3>${t("rv/notes")}</h3>
    <${Marks} call=${call} again=${again} />
    <${Write} call=${call} again=${again} />
    ${notes.length ? html`<ol class="rv-note-list">${notes.map((note) => html`<${Note} key=${note.number} call=${call} note=${note} again=${again} />`)}</ol>`
      : html`<p class="muted">${t("rv/note_none")}</p>`}
  </section>`;
}

/** A mark where the sound is now. */
export const markHere = (call, flag, again) => trying(async () => {
  const at = Math.round(second.peek() * 10) / 10;
  await post(`/api/v1/calls/${encodeURIComponent(call)}/marks`, { flag, second: at });
  toast(`${t(`rv/flag/${flag}`)} ${span(at)}`, "good");
  again();
});

function Marks({ call, again }) {
  return html`<div class="rv-marks" role="group" aria-label=${t("rv/mark")}><span class="muted">${t("rv/mark")} <${Now} /></span>
    ${FLAGS.map((flag) => html`<button type="button" class=${`button small rv-flag ${flag}`} onClick=${() => markHere(call, flag, again)}>${t(`rv/flag/${flag}`)}</button>`)}</div>`;
}

const Now = () => html`${t("rv/at_second", { at: span(second.value) })}`;

function Write({ call, again }) {
  const [text, write] = useState("");
  const [here, place] = useState(true);
  const [problem, refuse] = useState("");
  const [busy, work] = useState(false);
  const count = text.trim().length;
  const long = count > MOST ? t("rv/too_long", { most: MOST, now: count }) : "";
  const add = async (event) => {
    event.preventDefault();
    work(true);
    try {
      await post(`/api/v1/calls/${encodeURIComponent(call)}/comments`, { text: text.trim(), second: here ? Math.round(second.peek() * 10) / 10 : null });
      write("");
      refuse("");
      again();
    } catch (wrong) { refuse(told(wrong)); }
    work(false);
  };
  return html`<form class="rv-write" onSubmit=${add}>
    <textarea class="input" rows="2" id="rv-comment" placeholder=${t("rv/write")} aria-label=${t("rv/write")} value=${text} onInput=${(event) => write(event.target.value)}></textarea>
    <p class="wrong" role="alert">${long || problem}</p>
    <p class="rv-row"><label><input type="checkbox" checked=${here} onChange=${(event) => place(event.target.checked)} /> <${Now} /></label>
      <button type="submit" class="button small primary" disabled=${busy || !count || Boolean(long)}>${t("rv/add")}</button></p>
  </form>`;
}

function Note({ call, note, again }) {
  const back = () => trying(async () => {
    await del(`/api/v1/calls/${encodeURIComponent(call)}/notes/${note.number}`);
    toast(t("rv/taken_back"), "good");
    again();
  });
  return html`<li class=${`rv-note ${note.flag}`}>
    <p class="rv-row">${note.second === null ? html`<span class="muted">${t("rv/whole")}</span>` : html`<button type="button" class="rv-time" aria-label=${t("rv/jump", { at: span(note.second) })} onClick=${() => seek(note.second, true)}>${span(note.second)}</button>`}
      ${note.kind === "mark" && html`<span class=${`flag calm rv-flag ${note.flag}`}>${t(`rv/flag/${note.flag}`)}</span>`}
      <span class="muted">${note.by}，${moment(note.at)}</span>
      ${note.by === you.value?.name && html`<button type="button" class="quiet" aria-label=${t("rv/take_back")} title=${t("rv/take_back")} onClick=${back}>×</button>`}</p>
    ${note.text && html`<p class="rv-note-text">${note.text}</p>`}
  </li>`;
}
