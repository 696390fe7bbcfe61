// What was said, word by word on the clock of the sound: a click plays from there, the word being said is lit; corrections lie over it.

import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { moment, span } from "../../shared/clock.js";
import { post, told } from "../../shared/http.js";
import { Empty } from "../../shared/states.js";
import { may } from "../../shared/store.js";
import { toast } from "../../shared/toasts.js";
import { badge, speaker, t, tone } from "../../shared/words.js";
import { indexAt, pieces } from "./align.js";
import { playing, second, seek } from "./player.js";

const MOST = 2000;

export function Transcript({ call, transcript, lit, again }) {
  const box = useRef(null);
  const lines = useMemo(() => transcript.utterances.map((said) => ({ said, pieces: pieces(said.readable || said.text, said.words, said.start, said.end) })), [transcript]);
  useFollow(box, lines);
  if (!lines.length) return html`<${Empty} title=${t("rv/no_text")}>${t("rv/no_text_help")}</${Empty}>`;
  return html`<ol class="rv-lines-said" ref=${box} aria-label=${t("rv/text")}>${lines.map((line) => html`
    <${Said} key=${`${line.said.seq}/${line.said.history?.length}`} call=${call} line=${line} lit=${lit.includes(line.said.seq)} again=${again} />`)}</ol>`;
}

/** The word at the sound's second is lit, by hand: a page of a thousand words is not drawn anew for each. */
function useFollow(box, lines) {
  useEffect(() => {
    const words = [...(box.current?.querySelectorAll("[data-at]") || [])].sort((a, b) => a.dataset.at - b.dataset.at);
    const starts = words.map((word) => Number(word.dataset.at));
    let before = null;
    return second.subscribe((now) => {
      const word = words[indexAt(starts, now)];
      const said = word && now <= Number(word.dataset.end) + 1.5 ? word : null;
      if (said === before) return;
      before?.classList.remove("now");
      said?.classList.add("now");
      const line = said?.closest("li");
      if (line && line !== before?.closest("li") && playing.peek()) line.scrollIntoView({ block: "nearest" });
      before = said;
    });
  }, [lines]);
}

function Said({ call, line, lit, again }) {
  const { said } = line;
  const [edits, edit] = useState(false);
  const fixed = said.corrected;
  return html`<li class=${`rv-said who-${tone(said.speaker)} ${lit ? "lit" : ""}`} id=${`rv-${said.seq}`}>
    <span class="rv-who" title=${speaker(said.speaker)} aria-label=${speaker(said.speaker)}>${badge(said.speaker)}</span>
    <button type="button" class="rv-time" aria-label=${t("rv/jump", { at: span(said.start) })} onClick=${() => seek(said.start, true)}>${span(said.start)}</button>
    <div class="rv-words">
      ${fixed && html`<p class="rv-fixed">${fixed.readable || fixed.text} <span class="flag calm">${t("rv/fixed")}</span></p>`}
      <p class=${fixed ? "rv-heard" : ""}>${line.pieces.map((piece) => html`<span class="rv-word" data-at=${piece.start} data-end=${piece.end} onClick=${() => seek(piece.start, true)}>${piece.text}</span>`)}</p>
      ${fixed && html`<${History} said=${said} />`}
      ${edits && html`<${Fix} call=${call} said=${said} close=${() => edit(false)} again=${again} />`}
    </div>
    ${may("transfer", "review") && !edits && html`<button type="button" class="quiet rv-edit" aria-label=${`${t("rv/edit")} ${span(said.start)}`} onClick=${() => edit(true)}>✎</button>`}
  </li>`;
}

function History({ said }) {
  return html`<details class="rv-history"><summary class="muted">${t("rv/history", { n: said.history.length })}</summary>
    <ol>${said.history.map((one) => html`<li class="muted">${one.by}，${moment(one.at)}${one.to === null ? "" : `：${t("rv/from_to", { from: one.from, to: one.to })}`}</li>`)}</ol></details>`;
}

function Fix({ call, said, close, again }) {
  const [text, write] = useState(said.corrected?.text ?? said.text);
  const [problem, refuse] = useState("");
  const [busy, work] = useState(false);
  const long = text.trim().length > MOST ? t("rv/too_long", { most: MOST, now: text.trim().length }) : "";
  const save = async (event) => {
    event.preventDefault();
    work(true);
    try {
      await post(`/api/v1/calls/${encodeURIComponent(call)}/transcript/corrections`, { seq: said.seq, text: text.trim() });
      toast(t("rv/saved_fix"), "good");
      close();
      again();
    } catch (wrong) { refuse(told(wrong)); work(false); }
  };
  return html`<form class="rv-fix" onSubmit=${save}>
    <textarea class="input" rows="2" aria-label=${t("rv/edit")} value=${text} onInput=${(event) => write(event.target.value)}
      ref=${(element) => { if (element && !element.dataset.seen) { element.dataset.seen = "1"; element.focus(); } }}
      onKeyDown=${(event) => { if (event.key === "Escape") close(); if (event.key === "Enter" && !event.shiftKey && !event.isComposing) event.target.form.requestSubmit(); }}></textarea>
    <p class="wrong" role="alert">${long || problem}</p>
    <button type="submit" class="button small primary" disabled=${busy || Boolean(long) || !text.trim()}>${t("save")}</button>
    <button type="button" class="button small" onClick=${close}>${t("cancel")}</button>
  </form>`;
}
