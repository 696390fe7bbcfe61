// The review tab 质检: #review the search, #review/call/ID one call, #review/scores what calls came to.

import { html } from "../../vendor/preact.js";
import { goTo, style } from "../../shared/tabs.js";
import { t } from "../../shared/words.js";
import { Call } from "./call.js";
import { Scores } from "./scores.js";
import { Search } from "./search.js";
import "./words.js";

style("/web/supervisor/review/review.css");

export default function Review({ rest }) {
  const [where, ...id] = rest.split("/");
  if (where === "call" && id.length) return html`<${Call} key=${rest} id=${decodeURIComponent(id.join("/"))} />`;
  const scores = where === "scores";
  return html`<div class="rv">
    <nav class="rv-nav" aria-label=${t("rv/review")}>
      ${[["review", t("rv/find"), !scores], ["review/scores", t("rv/scores"), scores]].map(([place, label, here]) => html`
        <button type="button" class="button small" aria-pressed=${here} onClick=${() => goTo(place)}>${label}</button>`)}
    </nav>
    ${scores ? html`<${Scores} />` : html`<${Search} />`}
  </div>`;
}
