// The path of a ticket between platforms, drawn: a box for each with its time, an arrow between them. A list to whoever cannot see it.

import { html } from "../../vendor/preact.js";
import { platform, w, when } from "./words_of.js";

const BAD = new Set(["dead", "retrying"]);

export function Way({ hops, names }) {
  return html`<ol class="tk-way">${hops.map((hop) => html`<li key=${hop.platform} class=${`${BAD.has(hop.word) ? "bad" : hop.at ? "there" : "open"} ${hop.holds ? "holds" : ""}`}>
    <b>${platform(hop.platform, names)}</b>
    <span>${w(`word/${hop.word}`)}${hop.at ? html` <time datetime=${hop.at}>${when(hop.at)}</time>` : ""}</span>
    ${hop.accepted_at && hop.word !== "accepted" && html`<span>${w("signed", { at: when(hop.accepted_at) })}</span>`}
    ${hop.trouble && html`<span class="tk-trouble">${hop.trouble}</span>`}
    ${hop.holds && html`<em>${w("holds")}</em>`}${hop.own && html`<small class="muted">${w("ours")}</small>`}
  </li>`)}</ol>`;
}
