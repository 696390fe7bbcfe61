// The first page: log in, then go to the console of one's role.

import { effect } from "../vendor/preact.js";
import { ownConsole, start } from "./page.js";
import { you } from "./store.js";

start({ console: "agent", App: () => null });
effect(() => { if (you.value) location.replace(`/${ownConsole(you.value)}`); });
