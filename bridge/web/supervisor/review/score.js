// Scoring a call by the quality form: pre-checks propose, each with its evidence; the reviewer decides; versions before stay to be read.

import { html, useEffect, useState } from "../../vendor/preact.js";
import { moment, span } from "../../shared/clock.js";
import { put, told } from "../../shared/http.js";
import { toast } from "../../shared/toasts.js";
import { t } from "../../shared/words.js";
import { agents } from "./search.js";

const NA = "na";
const questionsOf = (form) => form.parts.flatMap((part) => part.questions);

/** What answers come to, as the bridge reckons: {left, total, passed, fatal}. */
export function reckon(form, answers) {
  let got = 0, most = 0, left = 0, fatal = false;
  for (const question of questionsOf(form)) {
    const option = answers[question.id]?.option;
    if (!option) { left += 1; continue; }
    if (option === NA) continue;
    const points = question.options.find((one) => one.id === option)?.points ?? 0;
    got += points * question.weight;
    most += 100 * question.weight;
    fatal ||= question.fatal && points < 100;
  }
  const total = fatal ? 0 : most ? Math.round((1000 * got) / most) / 10 : 0;
  return { left, total, passed: total >= form.passing, fatal };
}

export function Score({ view, times, light, again }) {
  const [agent, choose] = useState(view.agents[0]?.number ?? null);
  const versions = view.scores.filter((one) => one.agent === agent);
  if (agent === null) return html`<section class="card rv-score"><h3>${t("rv/score")}</h3><p class="muted">${t("rv/nobody")}</p></section>`;
  return html`<section class="card rv-score" aria-label=${t("rv/score")}>
    <div class="card-head"><h3>${t("rv/score")}</h3>
      ${view.agents.length > 1 ? html`<label class="muted">${t("rv/for")} <select value=${agent} onChange=${(event) => choose(event.target.value)}>
        ${view.agents.map((one) => html`<option value=${one.number}>${agents([one])}</option>`)}</select></label>` : html`<span class="muted">${agents(view.agents)}</span>`}</div>
    <${Sheet} key=${`${agent}/${versions.length}`} view=${view} agent=${agent} newest=${versions[0]} times=${times} light=${light} again=${again} />
    <${Versions} versions=${versions} />
  </section>`;
}

function Sheet({ view, agent, newest, times, light, again }) {
  const found = view.prechecks[agent] || {};
  const known = newest?.form_version === view.form.version ? newest.answers : null;
  const [answers, answer] = useState(known || {});
  const [remark, write] = useState(known ? newest.remark : "");
  const [problem, refuse] = useState("");
  const [busy, work] = useState(false);
  const sum = reckon(view.form, answers);
  const set = (id, more) => answer((old) => ({ ...old, [id]: { option: "", note: "", ...old[id], ...more } }));
  const takeAll = () => answer((old) => {
    const next = { ...old };
    for (const question of questionsOf(view.form)) {
      const proposed = found[question.id]?.proposed;
      if (proposed && !next[question.id]?.option) next[question.id] = { note: "", ...next[question.id], option: proposed };
    }
    return next;
  });
  const save = async (event) => {
    event.preventDefault();
    work(true);
    try {
      const made = await put(`/api/v1/reviews/${encodeURIComponent(view.call)}`, { agent, version: newest?.version || 0, form: view.form.version, answers, remark });
      toast(t("rv/given", { total: made.total }), "good");
      again();
    } catch (wrong) { refuse(told(wrong)); work(false); }
  };
  return html`<form class="rv-sheet" onSubmit=${save}>
    ${Object.keys(found).length > 0 && html`<p class="rv-row"><button type="button" class="button small" onClick=${takeAll}>${t("rv/take_all")}</button> <span class="muted">${t("rv/proposal")}</span></p>`}
    ${view.form.parts.map((part) => html`<fieldset><legend>${part.name}</legend>${part.questions.map((question) => html`
      <${Question} key=${question.id} question=${question} answer=${answers[question.id]} finding=${found[question.id]} set=${set} times=${times} light=${light} />`)}</fieldset>`)}
    <label class="rv-remark">${t("rv/remark")}<textarea class="input" rows="2" value=${remark} onInput=${(event) => write(event.target.value)}></textarea></label>
    <p class="wrong" role="alert">${problem}</p>
    <p class="rv-row rv-total"><output>${t("rv/preview")} <b>${sum.left ? "—" : sum.total}</b>${sum.left ? html` <span class="muted">${t("rv/left_n", { n: sum.left })}</span>`
      : html` <span class=${`flag ${sum.passed ? "good" : ""}`}>${t(sum.fatal ? "rv/fatal" : sum.passed ? "rv/pass" : "rv/fail")}</span>`}</output>
      <button type="submit" class="button primary" disabled=${busy || sum.left > 0}>${t("rv/give")}</button></p>
  </form>`;
}

function Question({ question, answer, finding, set, times, light }) {
  const options = [...question.options, ...(question.skippable ? [{ id: NA, name: t("rv/na") }] : [])];
  const [noting, note] = useState(Boolean(answer?.note));
  return html`<div class="rv-question" data-question=${question.id}>
    <p><span id=${`rv-q-${question.id}`}>${question.text}</span>
      <span class="muted">${question.weight ? ` ${t("rv/weight", { n: question.weight })}` : ""}</span> ${question.fatal && html`<span class="flag">${t("rv/fatal")}</span>`}</p>
    ${question.hint && html`<p class="muted">${question.hint}</p>`}
    ${finding && html`<${Finding} finding=${finding} times=${times} light=${light} />`}
    <p class="rv-options" role="radiogroup" aria-labelledby=${`rv-q-${question.id}`}>${options.map((option) => html`<label class=${answer?.option === option.id ? "on" : ""}>
      <input type="radio" name=${`rv-${question.id}`} value=${option.id} checked=${answer?.option === option.id} onChange=${() => set(question.id, { option: option.id })} />${option.name}</label>`)}
      <button type="button" class="quiet" aria-expanded=${noting} onClick=${() => note(!noting)}>${t("rv/note")}</button></p>
    ${noting && html`<input class="input" maxlength="500" aria-label=${t("rv/note")} value=${answer?.note || ""} onInput=${(event) => set(question.id, { note: event.target.value })} />`}
  </div>`;
}

function Finding({ finding, times, light }) {
  return html`<p class=${`rv-finding ${finding.verdict}`}><b>${t("rv/precheck")}：${t(`rv/verdict/${finding.verdict}`)}</b> ${finding.why}
    ${finding.evidence.slice(0, 5).map((seq) => html` <button type="button" class="rv-time" aria-label=${`${t("rv/evidence")} ${span(times.get(seq) ?? 0)}`} onClick=${() => light(seq)}>${span(times.get(seq) ?? 0)}</button>`)}</p>`;
}

function Versions({ versions }) {
  if (!versions.length) return html`<p class="muted">${t("rv/none_yet")}</p>`;
  return html`<details class="rv-versions" open=${versions.length > 0}><summary>${t("rv/versions")}</summary><ol>${versions.map((one) => html`<${Version} key=${one.version} score=${one} />`)}</ol></details>`;
}

/** One score that was given, to be unfolded. */
export function Version({ score }) {
  const [open, show] = useState(false);
  useEffect(() => () => show(false), []);
  const head = `${t("rv/version", { n: score.version })}　${score.total}　${t(score.fatal ? "rv/fatal" : score.passed ? "rv/pass" : "rv/fail")}　${score.by}，${moment(score.at)}`;
  const name = (question) => {
    const option = score.answers?.[question.id]?.option;
    return option === NA ? t("rv/na") : question.options.find((one) => one.id === option)?.name || "—";
  };
  return html`<li><button type="button" class="rv-link" aria-expanded=${open} onClick=${() => show(!open)}>${head}</button>
    ${open && (score.form ? html`<div class="rv-old"><p class="muted">${t("rv/form_old")}：${score.form.title}</p>
      <ul>${questionsOf(score.form).map((question) => html`<li>${question.text}：<b>${name(question)}</b>${score.answers[question.id]?.note ? `（${score.answers[question.id].note}）` : ""}</li>`)}</ul>
      ${score.remark && html`<p>${t("rv/remark")}：${score.remark}</p>`}</div>` : html`<p class="muted">${t("rv/gone_words")}</p>`)}</li>`;
}
