// The page around every console: log-in, top bar, navigation by right, language, theme, handbook; and the event socket.

import { effect, html, render, signal } from "../vendor/preact.js";
import { setToken, whenSignedOut } from "./http.js";
import { connect, enter, leave, link } from "./live.js";
import { Gate, ask, close, logOut } from "./login.js";
import { may, peekAll, status, you } from "./store.js";
import { Toasts } from "./toasts.js";
import { language, register, remembered, speak, t } from "./words.js";

register({
  zh: {
    close: "关闭", loading: "正在取……", again: "再试一次", save: "保存", cancel: "取消",
    title: "一键转接", language: "EN", handbook: "手册", consoles: "工作台", leave: "退出", skip: "跳到主要内容",
    console: { agent: "话务台", supervisor: "班长台", admin: "管理台" },
    theme: { auto: "跟随系统", light: "浅色", dark: "深色", switch: "明暗：{now}" },
    link: { connecting: "正在连接", live: "实时", lost: "已断开，正在重连", closed: "未登录" },
    phones: "话机", active: "通话中", waiting: "待送工单", recogniser: "语音识别", recording: "录音", media: "媒体", dead_trunks: "中继不通",
    health: { up: "正常", pending: "恢复中", down: "中断", off: "未启用", "disk-full": "磁盘已满，停录", quota: "录音已达上限，停录",
      "write-failed": "磁盘写不进", "slow-disk": "磁盘太慢，有缺失", "recorder-gone": "录音进程中断" },
    no_right: "没有权限", no_right_help: "这个工作台要别的角色；请用左上的链接去自己的工作台。",
    speaker: { caller: "诉求人", agent: "话务员", desk: "接警台", seat: "坐席", supervisor: "班长" },
    http: { unreachable: "没有送到系统，请再按一次；通话不受影响。", refused: "没有做成（{status}）" },
  },
  en: {
    close: "Close", loading: "Loading…", again: "Try again", save: "Save", cancel: "Cancel",
    title: "One-key transfer", language: "中文", handbook: "Handbook", consoles: "Consoles", leave: "Log out", skip: "Skip to content",
    console: { agent: "Agent", supervisor: "Supervisor", admin: "Administration" },
    theme: { auto: "as the system", light: "light", dark: "dark", switch: "Theme: {now}" },
    link: { connecting: "Connecting", live: "Live", lost: "Lost, reconnecting", closed: "Signed out" },
    phones: "Phones", active: "On call", waiting: "Tickets waiting", recogniser: "Speech", recording: "Recording", media: "Media", dead_trunks: "Trunks down",
    health: { up: "fine", pending: "recovering", down: "down", off: "off", "disk-full": "disk full, stopped", quota: "at its limit, stopped",
      "write-failed": "disk refuses", "slow-disk": "disk too slow, gaps", "recorder-gone": "recorder is gone" },
    no_right: "Not allowed", no_right_help: "This console needs another role; the links above lead to yours.",
    speaker: { caller: "Caller", agent: "agent", desk: "desk", seat: "desk", supervisor: "Supervisor" },
    http: { unreachable: "It did not reach the bridge, press again; the call goes on.", refused: "Not done ({status})" },
  },
});

/** Who may open which console. */
export const CONSOLES = [
  { name: "agent", opens: () => may("transfer", "read") },
  { name: "supervisor", opens: () => may("review") },
  { name: "admin", opens: () => may("admin") },
];

/** The console somebody works in. */
export function ownConsole(who) {
  return { supervisor: "supervisor", administrator: "admin" }[who?.role] || "agent";
}

/** Draw a console. App: its component, drawn once somebody is known; strip: one more component for the top bar. */
export function start({ console: name, App, strip }) {
  remembered();
  document.title = `${t(`console/${name}`)} · 12345 ⇄ 110 ${t("title")}`;
  whenSignedOut(() => { leave(); ask("session_over"); });
  effect(() => { if (link.value === "live") close(); });
  connect((why) => ask(why));
  render(html`<${Page} name=${name} App=${App} strip=${strip} />`, document.getElementById("page"));
}

function Page({ name, App, strip }) {
  const allowed = CONSOLES.find((one) => one.name === name)?.opens();
  return html`
    <a class="skip" href="#main">${t("skip")}</a>
    <${Top} name=${name} strip=${strip} />
    <main id="main" class=${`console console-${name}`} tabindex="-1">
      ${you.value && (allowed ? html`<${App} />` : html`<div class="state"><h2>${t("no_right")}</h2><p>${t("no_right_help")}</p></div>`)}
    </main>
    <${Toasts} />
    <${Gate} entered=${enter} calm=${you.value && peekAll().some((one) => !one.call.outcome)} />`;
}

function Top({ name, strip }) {
  const Strip = strip;
  return html`<header class="top">
    <h1><span class="brand-a">12345</span><span class="brand-x" aria-hidden="true">⇄</span><span class="brand-b">110</span> <span class="brand-t">${t(`console/${name}`)}</span></h1>
    <nav class="consoles" aria-label=${t("consoles")}>${you.value && CONSOLES.filter((one) => one.opens()).map((one) => html`
      <a href=${`/${one.name}`} aria-current=${one.name === name ? "page" : null}>${t(`console/${one.name}`)}</a>`)}</nav>
    ${strip && you.value && html`<${Strip} />`}
    <${Chips} />
    <${Tools} name=${name} />
  </header>`;
}

function Chips() {
  const { phones, calls, tickets_waiting: waiting, recogniser, recording, media, trunks } = status.value;
  const dead = (trunks || []).filter((trunk) => trunk.state === "down").map((trunk) => trunk.label || trunk.name);
  return html`<div id="chips" class="chips" role="status">
    <${Health} word="recogniser" given=${recogniser} /><${Health} word="recording" given=${recording || undefined} />
    <${Health} word="media" given=${media} /><${Count} word="phones" value=${phones?.length} /><${Count} word="active" value=${calls} />
    ${waiting ? html`<${Count} word="waiting" value=${waiting} />` : null}
    ${dead.length ? html`<span class="chip bad">${t("dead_trunks")} <b>${dead.join("、")}</b></span>` : null}
    <span class=${`chip link ${link.value}`}><i class="dot" aria-hidden="true"></i>${t(`link/${link.value}`)}</span>
  </div>`;
}

const Count = ({ word, value }) => (typeof value === "number" ? html`<span class="chip">${t(word)} <b>${value}</b></span>` : null);

function Health({ word, given }) {
  const value = given === true ? "up" : given === false ? "off" : given;
  if (typeof value !== "string") return null;
  return html`<span class=${`chip ${value === "up" || value === "off" ? "" : "bad"}`}>${t(word)} <b>${t(`health/${value}`)}</b></span>`;
}

const theme = signal(window.bridgeTheme.chosen());

function Tools({ name }) {
  const turn = () => {
    theme.value = { auto: "light", light: "dark", dark: "auto" }[theme.value];
    window.bridgeTheme.choose(theme.value);
  };
  const label = t("theme/switch", { now: t(`theme/${theme.value}`) });
  return html`<div class="tools">
    <a class="quiet" href=${`/handbook/${name}`} target="_blank" rel="noopener">${t("handbook")}</a>
    <button id="theme" class="quiet" type="button" title=${label} aria-label=${label} onClick=${turn}>${{ auto: "◐", light: "☀", dark: "☾" }[theme.value]}</button>
    <button id="language" class="quiet" type="button" onClick=${() => speak(language.value === "zh" ? "en" : "zh")}>${t("language")}</button>
    ${you.value?.role && html`<button id="you" class="quiet" type="button" onClick=${goodbye}>${t("leave")} ${you.value.name}</button>`}
  </div>`;
}

async function goodbye() {
  await logOut();
  setToken("");
  location.assign("/");
}
