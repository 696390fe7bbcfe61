// What is known of the caller from before: earlier calls and tickets of this number, newest first.

import { html, useState } from "../vendor/preact.js";
import { moment } from "../shared/clock.js";
import { Dialog } from "../shared/dialog.js";
import { get } from "../shared/http.js";
import { useAnswer } from "../shared/states.js";
import { t } from "../shared/words.js";
import { pick } from "./stage.js";

const SHOWN = 2;

export function History({ number, call }) {
  const { data } = useAnswer(() => (number && call ? get(`/api/v1/calls/${encodeURIComponent(call)}/history`) : null), [number, call]);
  const [open, setOpen] = useState(false);
  if (!data) return null;
  const items = merged(data);
  if (!items.length) return html`<p class="history muted">${t("history/none")}</p>`;
  return html`<div class="history"><span class="muted">${t("history/title")}</span>
    ${items.slice(0, SHOWN).map((item) => html`<${Item} key=${item.key} item=${item} />`)}
    ${items.length > SHOWN ? html`<button type="button" class="button small" onClick=${() => setOpen(true)}>${t("history/more")} ${items.length}</button>` : null}
    ${open && html`<${Dialog} title=${`${number} · ${t("history/title")}`} close=${() => setOpen(false)} wide>
      <ul class="history-list">${items.map((item) => html`<li key=${item.key}><${Item} item=${item} whole then=${() => setOpen(false)} /></li>`)}</ul><//>`}
  </div>`;
}

/** Calls and tickets as one list. Who hung up before anybody answered is told so. */
function merged(data) {
  return data.contacts.map((one) => ({
    key: `${one.kind} ${one.ticket || one.call}`, at: one.at, ticket: one.ticket, state: one.state,
    text: one.text || one.category || t(one.kind === "abandoned" ? "outcome/not answered" : "calls"),
  }));
}

function Item({ item, whole, then = () => {} }) {
  const body = html`<time>${moment(item.at)}</time> <span>${item.text}</span>${item.state ? html` <em class="flag calm">${t(`handling/${item.state}`)}</em>` : null}`;
  if (!item.ticket) return html`<span class=${`history-item ${whole ? "whole" : ""}`}>${body}</span>`;
  return html`<button type="button" class=${`history-item ${whole ? "whole" : ""}`} title=${t("history/open")} onClick=${() => { pick({ ticket: item.ticket }); then(); }}>${body}</button>`;
}
