import { html } from "../vendor/preact.js";
import { start } from "../shared/page.js";
import { Tabs } from "../shared/tabs.js";
import { PhoneStrip } from "../agent/phone.js";
import { TABS } from "./tabs.js";

start({ console: "supervisor", App: () => html`<${PhoneStrip} /><${Tabs} tabs=${TABS} />` });
