// Captions of one call: both sides as they speak, words of danger marked. Bubbles are kept one by one, so that a screen reader and a
// scroll bar stay where they are; only what is new is drawn.

import { Component, html, useEffect, useLayoutEffect, useRef } from "../vendor/preact.js";
import { broughtOf } from "./brought.js";
import { span } from "./clock.js";
import { badge, register, speaker, t, tone } from "./words.js";

/** Closer to the end than this the captions follow what is said; farther up somebody is reading. */
const FOLLOW_PX = 80;

register({
  zh: { captions: {
    title: "转写", nobody: "还没有人说话", pending: "语音识别暂时中断，通话不受影响，录下的话稍后补转写。", newest: "最新一句", before: "转来之前（{who} 的转写）", here: "转到这里以后",
    state: { pending: "转写待补：有几句话没来得及转写；录了音的，通话结束后补上。", incomplete: "转写不完整。",
      "not-recorded": "转写不完整：有几句话没转写上，那一段也没有录音。", "recogniser-gone": "转写不完整：转写服务一直不可用，没能从录音补上。",
      "recording-unreadable": "转写不完整：录音读不了，没能补上。", interrupted: "转写不完整：通话中系统重启，之后的话没有转写。" },
  } },
  en: { captions: {
    title: "Captions", nobody: "Nobody has spoken yet", pending: "Speech recognition is out; the call goes on and will be transcribed later.", newest: "Newest", before: "Before it was handed over ({who})", here: "Here",
    state: { pending: "Some words were missed; where the call is recorded they come after its end.", incomplete: "The transcript is incomplete.",
      "not-recorded": "Incomplete: some words were missed, and that part was not recorded.", "recogniser-gone": "Incomplete: no recogniser was to be had for the recording.",
      "recording-unreadable": "Incomplete: the recording cannot be read.", interrupted: "Incomplete: the system restarted during the call." },
  } },
});

/** one: a call's value (store.js); lit: ids of utterances to point out; point(id): somebody points at one. */
export function Captions({ one, lit = [] }) {
  const box = useRef(null), follows = useRef(true), shown = useRef("");
  const id = one?.call.id;
  const watch = () => { follows.current = box.current.scrollHeight - box.current.scrollTop - box.current.clientHeight < FOLLOW_PX; };
  useLayoutEffect(() => {
    if (shown.current !== id) { shown.current = id; follows.current = true; }
    if (follows.current) box.current.scrollTop = box.current.scrollHeight;
  });
  useEffect(() => { if (lit.length) box.current.querySelector(".said.lit")?.scrollIntoView({ block: "nearest" }); }, [lit.join(" ")]);
  const brought = broughtOf(one?.papers), newest = one?.transcript.findLast((item) => item.final);
  return html`<section class="captions card" aria-label=${t("captions/title")}>
    <div class="captions-box" ref=${box} tabindex="0" aria-label=${t("captions/title")} onScroll=${watch}>
      ${brought?.said.length ? html`<${Before} brought=${brought} lit=${lit} />` : null}
      <${Note} one=${one} />
      ${(one?.transcript || []).map((item) => html`<${Said} key=${`${item.leg}|${item.final ? item.start : "now"}`} item=${item}
        alerts=${alertsOf(one.advice?.alerts, item)} lit=${lit.includes(item.id)} />`)}
    </div>
    <p class="unseen" aria-live="polite">${newest ? `${speaker(newest.speaker)}：${newest.readable || newest.text}` : ""}</p>
  </section>`;
}

/** What was said at the other bridge, as far as its ticket tells. */
const Before = ({ brought: { said, alerts, from }, lit }) => html`<p class="captions-part">${t("captions/before", { who: from })}</p>
  ${said.map((item) => html`<${Said} key=${item.id} item=${item} alerts=${alertsOf(alerts, item)} lit=${lit.includes(item.id)} />`)}
  <p class="captions-part">${t("captions/here")}</p>`;

const NONE = [];
/** Words of danger in this utterance; the same empty list for all others, so that they need not be drawn anew. */
function alertsOf(alerts, item) {
  if (!alerts?.length) return NONE;
  const own = alerts.filter((alert) => alert.utterance === item.id && alert.state !== "withdrawn").map((alert) => alert.said);
  return own.length ? own : NONE;
}

function Note({ one }) {
  if (!one) return null;
  if (one.recogniser === "pending") return html`<p class="note bad">${t("captions/pending")}</p>`;
  const { transcript_state: state, transcript_reason: why } = one.call;
  if (state === "pending" || state === "incomplete") return html`<p class="note bad">${t(`captions/state/${why || state}`)}</p>`;
  return one.transcript.length ? null : html`<p class="note">${t("captions/nobody")}</p>`;
}

class Said extends Component {
  shouldComponentUpdate({ item, alerts, lit }, state) {
    const old = this.props;  // a new state means that a signal it reads has changed: the language
    return state !== this.state || item !== old.item || lit !== old.lit || alerts.join() !== old.alerts.join();
  }

  render({ item, alerts, lit }) {
    const { speaker: who, start, final } = item;
    return html`<div class=${`said who-${tone(who)} ${final ? "" : "interim"} ${who === "caller" ? "" : "other-side"} ${lit ? "lit" : ""}`} data-utterance=${item.id}>
      <p class="said-who"><span class="said-badge" aria-hidden="true">${badge(who)}</span>${speaker(who)}<time>${span(start)}</time></p>
      <p class="said-text">${marked(item.readable || item.text, alerts)}${final ? null : html`<i class="more" aria-hidden="true"></i>`}</p>
    </div>`;
  }
}

/** The text with the words of danger marked; what readable text writes otherwise (marks, digits) stays unmarked. */
export function marked(text, words) {
  const found = words.map((word) => [word, text.indexOf(word)]).find(([, at]) => at >= 0);
  if (!found) return text;
  const [word, at] = found;
  return [text.slice(0, at), html`<mark class="danger-word">${word}</mark>`, ...[marked(text.slice(at + word.length), words)].flat()];
}
