import { html } from "../vendor/preact.js";
import { start } from "../shared/page.js";

start({ console: "agent", App: () => html`<p class="state">…</p>` });
