// A console of tabs: which there are stands in one small list; each is a module of its own, loaded when it is first opened.

import { html, signal, useEffect, useState } from "../vendor/preact.js";
import { may } from "./store.js";
import { Failed, Loading } from "./states.js";
import { language } from "./words.js";

const hash = signal(location.hash.slice(1));
addEventListener("hashchange", () => { hash.value = location.hash.slice(1); });

/** The address behind #: "review/abc" is the tab "review", with "abc" for it to read. */
export const place = hash;
export const goTo = (where) => { location.hash = where; };

/** tabs: [{id, label: {zh, en}, load: () => import("/web/…"), needs: [right, …]}]; a module's default export is its component. */
export function Tabs({ tabs }) {
  const mine = tabs.filter((tab) => !tab.needs || may(...tab.needs));
  const [name, ...rest] = hash.value.split("/");
  const open = mine.find((tab) => tab.id === name) || mine[0];
  return html`<div class="tabs">
    <nav class="tab-list" role="tablist">${mine.map((tab) => html`<a key=${tab.id} role="tab" href=${`#${tab.id}`}
      aria-selected=${tab === open ? "true" : "false"}>${tab.label[language.value] || tab.label.zh}</a>`)}</nav>
    <section class="tab-body" role="tabpanel">${open && html`<${Loaded} key=${open.id} tab=${open} rest=${rest.join("/")} />`}</section>
  </div>`;
}

function Loaded({ tab, rest }) {
  const [state, set] = useState({});
  const load = () => tab.load().then((module) => set({ Tab: module.default }), () => set({ problem: `${tab.id}.js` }));
  useEffect(() => { load(); }, []);
  if (state.problem) return html`<${Failed} problem=${state.problem} again=${load} />`;
  const { Tab } = state;
  return Tab ? html`<${Tab} rest=${rest} />` : html`<${Loading} />`;
}

/** A tab's own stylesheet, once. */
export function style(href) {
  if ([...document.styleSheets].some((sheet) => sheet.href?.endsWith(href)) || document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}
