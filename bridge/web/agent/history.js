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
  const known = number && !number.includes("*");
  const { data } = useAnswer(() => (known ? get(`/api/v1/callers/${encodeURIComponent(number)}/history`) : null), [number]);
  const [open, setOpen] = useState(false);
  if (!data) return null;
  const items = merged(data, call);
  if (!items.length) return html`<p class="history muted">${t("history/none")}</p>`;
  return html`<div class="history"><span class="muted">${t("history/title")}</span>
    ${items.slice(0, SHOWN).map((item) => html`<${Item} key=${item.key} item=${item} />`)}
    ${items.length > SHOWN ? html`<button type="button" class="button small" onClick=${() => setOpen(true)}>${t("history/more")} ${items.length}</button>` : null}
    ${open && html`<${Dialog} title=${`${number} · ${t("history/title")}`} close=${() => setOpen(false)} wide>
      <ul class="history-list">${items.map((item) => html`<li key=${item.key}><${Item} item=${item} whole then=${() => setOpen(false)} /></li>`)}</ul><//>`}
  </div>`;
}

/** Calls and tickets in one list. The call on the stage is not its own history. */
function merged(data, call) {
  const calls = (data.calls || []).filter((one) => one.call !== call && one.id !== call).map((one) => ({ key: `c${one.call || one.id}`, at: one.started_at || one.at, text: one.summary || one.what || one.category?.name || one.category || t(`outcome/${one.outcome || ""}`), ticket: one.ticket }));
  const tickets = (data.tickets || []).map((one) => ({ key: `t${one.ticket}`, at: one.opened_at || one.at, text: one.request || one.summary || one.category?.name || one.category || one.ticket, ticket: one.ticket, state: one.state }));
  return [...calls, ...tickets].sort((a, b) => (a.at < b.at ? 1 : -1));
}

function Item({ item, whole, then = () => {} }) {
  const body = html`<time>${moment(item.at)}</time> <span>${item.text}</span>${item.state ? html` <em class="flag calm">${t(`handling/${item.state}`)}</em>` : null}`;
  if (!item.ticket) return html`<span class=${`history-item ${whole ? "whole" : ""}`}>${body}</span>`;
  return html`<button type="button" class=${`history-item ${whole ? "whole" : ""}`} title=${t("history/open")} onClick=${() => { pick({ ticket: item.ticket }); then(); }}>${body}</button>`;
}
