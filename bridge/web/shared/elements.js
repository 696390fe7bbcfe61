// 五要素: what each says, how sure that is and out of whose words, and the agent's correction of it by typing.

import { html, signal, useEffect, useRef } from "../vendor/preact.js";
import { put } from "./http.js";
import { trying } from "./toasts.js";
import { register, speaker, t } from "./words.js";

export const NAMES = ["who", "contact", "when", "where", "what"];
/** Below this the page asks the agent to look twice. */
const UNSURE = 0.6;
const LONGEST = 2000;

register({
  zh: { elements: {
    title: "五要素", who: "诉求人", contact: "联系方式", when: "事发时间", where: "事发地", what: "诉求内容", not_yet: "等待说明", cleared: "（话务员已清空）",
    correct: "改", leave: "不改了", heard: "听到“{said}”", from: "出自", unsure: "不太确定",
    source: { transcript: "转写", "caller-id": "来电号码", agent: "话务员填写", web: "网上填写", default: "" },
    draft: "草稿", ticket: "工单 第{n}版", state: { ringing: "已送出", transferred: "已随话转到", failed: "未转成", final: "已定稿" },
  } },
  en: { elements: {
    title: "Five elements", who: "Who", contact: "Contact", when: "When", where: "Where", what: "What", not_yet: "not said yet", cleared: "(cleared by the agent)",
    correct: "Correct", leave: "Leave it", heard: "heard “{said}”", from: "from", unsure: "not sure",
    source: { transcript: "said", "caller-id": "caller id", agent: "agent", web: "typed on the web", default: "" },
    draft: "draft", ticket: "ticket v{n}", state: { ringing: "sent", transferred: "went with the call", failed: "not transferred", final: "final" },
  } },
});

/** Which element of which call is being typed: {where, name}. */
export const editing = signal(null);

/** address: where corrections go (…/elements), "" for none; said(id): an utterance, or undefined; point(ids): show these utterances;
    title: of another bridge's; children stand above them. */
export function Elements({ elements = {}, stamp, address, said = () => undefined, point = () => {}, title = t("elements/title"), children }) {
  return html`<section class="card elements-card" aria-label=${title}>
    <div class="card-head"><h3>${title}</h3><span class="muted">${stamp}</span></div>${children}
    <dl class="elements">${NAMES.map((name) => html`<${Row} key=${name} name=${name} element=${elements[name] || { value: "", source: "default" }}
      address=${address} said=${said} point=${point} />`)}</dl>
  </section>`;
}

function Row({ name, element, address, said, point }) {
  const before = useRef(null), box = useRef(null);
  useEffect(() => {
    if (before.current !== null && element.value && before.current !== element.value) {
      box.current.classList.remove("fresh");
      requestAnimationFrame(() => box.current?.classList.add("fresh"));
    }
    before.current = element.value;
  }, [element.value]);
  const typing = address && editing.value?.where === address && editing.value.name === name;
  return html`<div ref=${box} class=${element.value ? "filled" : ""} data-element=${name}>
    <dt>${t(`elements/${name}`)}</dt>
    <dd>${typing ? html`<${Editor} name=${name} element=${element} address=${address} />` : html`
      <span class="element-value">${element.value || t(element.source === "agent" ? "elements/cleared" : "elements/not_yet")}</span>
      <${Normal} ...${element} /><${Origin} element=${element} said=${said} point=${point} />
`}
    </dd>
    ${address && !typing && html`<button class="button small" type="button" data-correct=${name} aria-label=${`${t("elements/correct")} ${t(`elements/${name}`)}`}
      onClick=${() => { editing.value = { where: address, name }; }}>${t("elements/correct")}</button>`}</div>`;
}

/** The date or the official address, where it says more than the words do. */
function Normal({ value, resolved, until }) {
  if (!resolved || resolved === value) return null;
  const shown = [resolved, until].filter(Boolean).map((text) => (/^\d{4}-/.test(text) ? text.slice(0, 16).replace("T", " ") : text));
  return html`<small>${shown.join(" — ")}</small>`;
}

/** Where it came from: the caller's number, an agent, or which utterances; pressing those shows them in the captions. */
function Origin({ element, said, point }) {
  const { value, source, confidence, said: heard, utterances = [] } = element;
  if (!value) return null;
  const sure = typeof confidence === "number" && source !== "agent" ? confidence : 1;
  const spoken = utterances.map(said).filter(Boolean);
  const words = [source === "transcript" && spoken.length ? "" : t(`elements/source/${source}`), heard ? t("elements/heard", { said: heard }) : ""].filter(Boolean).join(" · ");
  return html`<small class="origin">${words}
    ${spoken.length ? html`<button type="button" class="origin-said" title=${spoken.map((one) => one.readable || one.text).join("\n")}
      onClick=${() => point(utterances)}>${t("elements/from")} ${speaker(spoken[0].speaker)}：${spoken.map((one) => one.readable || one.text).join(" ")}</button>` : null}
    ${sure < UNSURE ? html`<b class="unsure">${t("elements/unsure")} ${Math.round(sure * 100)}%</b>` : null}</small>`;
}

function Editor({ name, element, address }) {
  const input = useRef(null);
  useEffect(() => { input.current.focus(); input.current.select(); }, []);
  const done = () => { editing.value = null; };
  const save = async () => { if (await trying(() => put(`${address}/${name}`, { value: input.current.value }))) done(); };
  const key = (event) => {
    if (event.isComposing) return;  // Enter chooses a character of the input method
    if (event.key === "Escape") { event.stopPropagation(); done(); }
    else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
  };
  return html`<textarea ref=${input} class="input" rows=${name === "what" ? 4 : 1} maxlength=${LONGEST} aria-label=${t(`elements/${name}`)}
      defaultValue=${element.value} onKeyDown=${key}></textarea>
    <div class="element-keys"><button class="button small primary" type="button" onClick=${save}>${t("save")}</button>
    <button class="button small" type="button" onClick=${done}>${t("elements/leave")}</button></div>`;
}
