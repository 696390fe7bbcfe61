// The wall: alerts, the house's health and rates, all calls, and one call followed beside them. The call that is followed stands in
// the address (#wall/ID), so that a reload keeps it.

import { html, signal, useEffect } from "../../vendor/preact.js";
import { Failed, Loading } from "../../shared/states.js";
import { goTo, style } from "../../shared/tabs.js";
import { Alerts } from "./alerts.js";
import { Calls } from "./calls.js";
import { Follow } from "./follow.js";
import { ask, house, trouble } from "./house.js";
import { Agents, House, Rates } from "./tiles.js";
import "./words.js";

style("/web/supervisor/wall/wall.css");

const wish = signal({ find: "", only: "all", order: "alert", over: false });

const open = (id) => goTo(`wall/${encodeURIComponent(id)}`);
const close = () => {
  const back = decodeURIComponent(location.hash.split("/")[1] || "");
  goTo("wall");
  requestAnimationFrame(() => [...document.querySelectorAll(".wl-open")].find((one) => one.closest("tr")?.dataset.call === back)?.focus());
};

export default function Wall({ rest }) {
  useEffect(() => { ask(); }, []);
  const chosen = decodeURIComponent(rest || "");
  return html`<div class=${`wl ${chosen ? "following" : ""}`}>
    <${Alerts} open=${open} />
    ${house.value ? html`<${House} />` : trouble.value ? html`<${Failed} problem=${trouble.value} again=${ask} />` : html`<${Loading} />`}
    <div class="wl-main">
      <div class="wl-left">
        <${Calls} wish=${wish} chosen=${chosen} open=${open} />
        ${house.value && html`<div class="wl-below"><${Rates} /><${Agents} /></div>`}
      </div>
      ${chosen && html`<${Follow} key=${chosen} id=${chosen} close=${close} />`}
    </div>
  </div>`;
}
