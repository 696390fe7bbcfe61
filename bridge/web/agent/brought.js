// The ticket that came with a call from another bridge: whose it is, what they take it for and the five elements, to be read only; and
// what this platform may do with it.

import { html } from "../vendor/preact.js";
import { broughtOf } from "../shared/brought.js";
import { Elements } from "../shared/elements.js";
import { may } from "../shared/store.js";
import { t, tone } from "../shared/words.js";
import { Handling } from "./handling.js";
import { point } from "./stage.js";

export function Brought({ one }) {
  const brought = broughtOf(one.papers);
  if (!brought) return null;
  const { ticket, from, version, state, category, elements, said } = brought;
  const stamp = [t("elements/ticket", { n: version }), state && t(`elements/state/${state}`)].filter(Boolean).join(" · ");
  return html`${may("tickets", "exchange") && html`<${Handling} ticket=${ticket} />`}
    <div class="brought" data-brought=${ticket}><${Elements} title=${t("brought/title", { who: from })} stamp=${stamp} elements=${elements} said=${(id) => said.find((item) => item.id === id)} point=${point}>
      ${category && html`<p class=${`category who-${tone(category.to)}`}><b>${category.name}</b> ${category.urgent ? html`<em class="flag">${t("urgent")}</em>` : null}
        ${category.to && html`<span class="muted">${t("category/to", { who: category.to })}</span>`}</p>`}<//></div>`;
}
