// The configuration in use against the file as it is now, and the button that loads it.

import { html, useState } from "../vendor/preact.js";
import { get, post } from "../shared/http.js";
import { useAnswer } from "../shared/states.js";
import { toast } from "../shared/toasts.js";
import { t } from "../shared/words.js";
import { Changes, Tab } from "./parts.js";
import { time } from "./words.js";

export default function Config() {
  const [all, showAll] = useState(false);
  const answer = useAnswer(() => get(`/api/v1/admin/config?defaults=${all}`), [all]);
  return html`<${Tab} title=${t("config/title")} note=${t("config/edit")} answer=${answer}>${(config) => html`
    <${File} config=${config} again=${answer.again} />
    ${config.problems.length > 0 && html`<section class="card adm-problems" role="alert"><h3>${t("config/wrong", { n: config.problems.length })}</h3>
      <ul class="adm-list">${config.problems.map((line) => html`<li key=${line}><code>${line}</code></li>`)}</ul></section>`}
    ${config.warnings.length > 0 && html`<details class="card adm-warnings"><summary>${t("config/warnings")}：${config.warnings.length}</summary>
      <ul class="adm-list">${config.warnings.map((line) => html`<li key=${line}><code>${line}</code></li>`)}</ul></details>`}
    <${Diff} config=${config} />
    <section class="card"><header class="adm-head"><h3>${t("config/text")}</h3>
      <label class="adm-check"><input type="checkbox" checked=${all} onChange=${(event) => showAll(event.target.checked)} /> ${t("config/defaults")}</label></header>
      <pre class="adm-text" tabindex="0">${config.lines.join("\n")}</pre></section>`}<//>`;
}

function File({ config, again }) {
  const [busy, set] = useState(false);
  const [outcome, tell] = useState(null);
  const reload = async () => {
    set(true);
    try {
      const done = await post("/api/v1/admin/reload", undefined, { once: false });
      tell(done);
      toast(said(done), "good");
    } catch (problem) {
      tell({ refused: problem.errors?.map((one) => one.what) || [problem.detail || problem.title] });
    }
    set(false);
    again();
  };
  const same = config.diff && config.diff.length === 0 && !config.applied.length && !config.waiting.length;
  return html`<section class="card adm-file">
    <header class="adm-head"><h3><code>${config.file}</code></h3><span class="muted">${t("config/loaded", { time: time(config.loaded_at) })}</span>
      <i class=${`adm-state ${config.problems.length ? "bad" : same ? "good" : "busy"}`}>${t(config.problems.length ? "config/no_diff" : same ? "config/same" : "config/differs")}</i>
      <button type="button" class="button primary" disabled=${busy} onClick=${reload}>${t(busy ? "config/reloading" : "config/reload")}</button></header>
    <${Changes} title=${t("config/applied")} list=${config.applied} />
    <${Changes} title=${t("config/waiting")} list=${config.waiting} />
    <div role="status" aria-live="polite">${outcome && (outcome.refused
      ? html`<div class="adm-outcome bad"><b>${t("config/refused")}</b><ul class="adm-list">${outcome.refused.map((line) => html`<li key=${line}><code>${line}</code></li>`)}</ul></div>`
      : html`<div class="adm-outcome good"><b>${said(outcome)}</b>
          <${Changes} title=${t("config/applied")} list=${outcome.applied} /><${Changes} title=${t("config/waiting")} list=${outcome.waiting} /></div>`)}</div>
  </section>`;
}

const said = (done) => (done.applied.length + done.waiting.length
  ? t("config/done", { applied: done.applied.length, waiting: done.waiting.length }) : t("config/nothing"));

function Diff({ config }) {
  if (!config.diff || config.diff.length === 0) return null;
  return html`<section class="card"><h3>${t("config/diff")}</h3>
    <ol class="adm-diff" tabindex="0">${config.diff.map((line, at) => html`<li key=${at} class=${sign(line)}><code>${line || " "}</code></li>`)}</ol></section>`;
}

const sign = (line) => (/^(\+\+\+|---)/.test(line) ? "name" : line.startsWith("@@") ? "place" : line[0] === "+" ? "added" : line[0] === "-" ? "removed" : "");
