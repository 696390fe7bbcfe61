// The agent's page put together: seat and calls, the call on the stage with its key and captions, the ticket beside them.

import { html } from "../vendor/preact.js";
import "./words.js";
import { Alerts } from "../shared/advice.js";
import { Captions } from "../shared/captions.js";
import { start } from "../shared/page.js";
import { Empty } from "../shared/states.js";
import { t } from "../shared/words.js";
import { Brought } from "./brought.js";
import { Calls } from "./calls.js";
import { Category } from "./category.js";
import { Handling } from "./handling.js";
import { Head, People, Ringing } from "./head.js";
import { History } from "./history.js";
import { Help } from "./hotkeys.js";
import { Keys } from "./keys.js";
import { OwnScores } from "./own_scores.js";
import { Folder, Paper } from "./paper.js";
import { PhoneStrip } from "./phone.js";
import { Progress, Timings } from "./progress.js";
import { callerOf, chosen, lit, onStage } from "./stage.js";

function App() {
  const what = chosen.value;
  return html`<${PhoneStrip} />
    <div class="board"><${Calls} />
      ${what?.ticket ? html`<${Folder} ticket=${what.ticket} />` : what ? html`<${Call} key=${what.call} />` : html`<div class="stage"><${Empty} title=${t("none")}>${t("none_help")}<//><${Help} /><${OwnScores} /></div>`}
    </div>`;
}

function Call() {
  const one = onStage.value;
  if (!one?.call) return null;
  const { call } = one;
  return html`<div class="stage">
      <${Alerts} one=${one} />
      <section class="card stage-card"><${Ringing} call=${call} /><${Head} call=${call} />
        <${History} number=${callerOf(call).number} call=${call.id} />
        <${People} call=${call} /><${Progress} one=${one} /><${Keys} call=${call} /></section>
      <${Captions} one=${one} lit=${lit.value} />
    </div>
    <aside class="side">${one.ticket && html`<${Handling} ticket=${one.ticket.ticket} />`}<${Brought} one=${one} />
      <${Category} one=${one} /><${Paper} one=${one} /><${Timings} call=${call} /><${Help} /><${OwnScores} /></aside>`;
}

start({ console: "agent", App });
