// The ticket beside the captions: of the call on the stage, or one picked from the list that has no call here.

import { html, useEffect } from "../vendor/preact.js";
import { Captions } from "../shared/captions.js";
import { Elements } from "../shared/elements.js";
import { Loading } from "../shared/states.js";
import { may } from "../shared/store.js";
import { link } from "../shared/live.js";
import { t, tone } from "../shared/words.js";
import { Handling, fetchTicket, folderOf } from "./handling.js";
import { lit, point } from "./stage.js";

/** Of a call: the draft before any press, then the newest ticket. */
export function Paper({ one }) {
  const paper = one.ticket || one.draft;
  const stamp = one.ticket ? `${t("elements/ticket", { n: one.ticket.version })} · ${t(`elements/state/${one.ticket.state}`)}` : t("elements/draft");
  const address = may("transfer") && link.value === "live" ? `/api/v1/calls/${encodeURIComponent(one.call.id)}/elements` : "";
  const said = (id) => one.transcript.find((item) => item.id === id);
  return html`<${Elements} elements=${paper?.elements} stamp=${stamp} address=${address} said=${said} point=${point} />`;
}

/** A ticket by itself: from the web, or from a call that is over. */
export function Folder({ ticket }) {
  useEffect(() => { fetchTicket(ticket); }, [ticket]);
  const folder = folderOf(ticket);
  if (!folder) return html`<${Loading} />`;
  const { papers, handling } = folder, said = (papers?.transcript?.utterances || []);
  const one = { call: { id: ticket, outcome: "over", transcript_state: "final" }, transcript: said, advice: { alerts: papers?.alerts || [] }, recogniser: "up" };
  const address = may("transfer") && papers?.caller ? `/api/v1/tickets/${encodeURIComponent(handling.incident)}/elements` : "";
  return html`<div class="stage">
      <section class="card"><div class="head-line head-main"><h2 class="ticket-number">${handling.numbers?.[handling.holder] || ticket}</h2>
        <span class="phase">${t(`handling/${handling.state}`)}</span></div>
        ${papers?.category && html`<p class=${`category who-${tone(papers.category.to)}`}><b>${papers.category.name || papers.category.id}</b> ${papers.category.urgent ? html`<em class="flag">${t("urgent")}</em>` : null}</p>`}
      </section>
      <${Captions} one=${one} lit=${lit.value} />
    </div>
    <aside class="side"><${Handling} ticket=${ticket} /><${Elements} elements=${papers?.elements} stamp=${papers?.version ? t("elements/ticket", { n: papers.version }) : ""} address=${address}
      said=${(id) => said.find((item) => item.id === id)} point=${point} /></aside>`;
}
