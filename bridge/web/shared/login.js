// Log-in: name and password, the identity provider, or (for programs' people) a token; and one's first own password. Shown over the
// page when nobody is logged in, also in mid-call: the page beneath stays, and the voice with it.

import { html, signal, useEffect, useRef, useState } from "../vendor/preact.js";
import { del, get, post, put, told } from "./http.js";
import { register, t } from "./words.js";

const SESSION = "/api/v1/session";

register({
  zh: { login: {
    title: "登录", name: "登录名", password: "密码", enter: "登录", provider: "统一登录", other: "用令牌进入", back: "用密码登录",
    change: "先换成自己的密码", change_help: "现在的密码是别人设的。至少 10 个字，不含登录名；几个不相干的词连起来最好记。",
    old: "现在的密码", fresh: "新密码", again: "再输一次新密码", set: "换密码", differ: "两次输入的不一样",
    cookies: "登录了，但浏览器没有保存会话：要用 https:// 打开本页",
    token_title: "请输入令牌", token_help: "令牌由管理员发放，只保存在这个标签页里。", token: "令牌", go: "进入",
    wrong_token: "令牌不对，请核对后再输。", no_scope: "没有查看权限，请向管理员申请。", session_over: "登录到期了，请重新登录。",
    calm: "通话不受影响：登录后接着用。",
    "login-refused": "统一登录没有成功：请重新登录；还不行，请把时间告诉管理员",
  } },
  en: { login: {
    title: "Log in", name: "Login name", password: "Password", enter: "Log in", provider: "Single sign-on", other: "Use a token", back: "Use a password",
    change: "Choose your own password first", change_help: "Somebody else has set this one. At least 10 characters, without your login name.",
    old: "Present password", fresh: "New password", again: "New password again", set: "Change", differ: "They differ",
    cookies: "Logged in, but the browser kept no session: open this page by https://",
    token_title: "Token, please", token_help: "Your administrator gives it to you. It stays in this tab.", token: "Token", go: "Enter",
    wrong_token: "That token is not known.", no_scope: "No right to look at calls.", session_over: "Your session is over, log in again.",
    calm: "Calls go on: log in and continue.",
    "login-refused": "Single sign-on came to nothing: try again; if it stays so, tell the administrator when",
  } },
});

/** {form: "password" | "token" | "change", why, ways} while the gate is shown, else null. */
const gate = signal(null);

/** Show the gate; why is one of the words above or "". */
export async function ask(why) {
  if (why === "must_change") { gate.value = { form: "change", why: "", ways: {} }; return; }
  const ways = await get(`${SESSION}/ways`).catch(() => ({ password: false, provider: false }));
  const back = new URLSearchParams(location.search).get("refused");
  if (back) history.replaceState(null, "", location.pathname + location.hash);
  gate.value = { form: ways.password ? "password" : "token", why: why || back || "", ways };
}

export const close = () => { gate.value = null; };
export const logOut = () => del(SESSION).catch(() => null);

/** The gate. entered(token): somebody is logged in; "" means by session. */
export function Gate({ entered, calm }) {
  const dialog = useRef(null), shown = gate.value;
  const [wrong, say] = useState(""), [busy, setBusy] = useState(false);
  useEffect(() => {
    if (shown && !dialog.current.open) dialog.current.showModal();
    if (!shown && dialog.current.open) dialog.current.close();
    say("");
    dialog.current.querySelector("[data-first]")?.focus();
  }, [shown]);
  const act = (work) => async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    setBusy(true);
    say("");
    try { await work(fields); } catch (problem) { say(typeof problem === "string" ? problem : told(problem)); } finally { setBusy(false); }
  };
  const through = (token) => { close(); entered(token); };
  const Form = shown && { password: PasswordForm, token: TokenForm, change: ChangeForm }[shown.form];
  return html`<dialog id="login" class="dialog login" ref=${dialog} onCancel=${(event) => event.preventDefault()} aria-labelledby="login-title">
    ${shown && html`<${Form} act=${act} through=${through} busy=${busy} ways=${shown.ways} />
      <p class="wrong" role="alert">${wrong || (shown.why && t(`login/${shown.why}`))}</p>
      ${calm && html`<p class="muted">${t("login/calm")}</p>`}
      ${shown.ways.password && html`<button id="login-other" class="quiet" type="button"
        onClick=${() => { gate.value = { ...shown, form: shown.form === "token" ? "password" : "token", why: "" }; }}>
        ${t(shown.form === "token" ? "login/back" : "login/other")}</button>`}`}
  </dialog>`;
}

function Field({ id, word, type = "password", first, ...more }) {
  return html`<label for=${id}>${t(`login/${word}`)}</label>
    <input id=${id} name=${word} type=${type} data-first=${first} spellcheck=${false} required ...${more} />`;
}

function PasswordForm({ act, through, busy, ways }) {
  const send = act(async ({ name, password }) => {
    const you = await post(SESSION, { login: name, password }, { once: false });
    await get(SESSION).catch(() => { throw t("login/cookies"); });
    if (you.must_change) { gate.value = { form: "change", why: "", ways: {}, name }; return; }
    through("");
  });
  return html`<form id="enter-form" onSubmit=${send}>
    <h2 id="login-title">${t("login/title")}</h2>
    <${Field} id="enter-name" word="name" type="text" autocomplete="username" autocapitalize="none" maxlength="128" first />
    <${Field} id="enter-password" word="password" autocomplete="current-password" maxlength="512" />
    <button class="button primary" type="submit" disabled=${busy}>${t("login/enter")}</button>
    ${ways.provider && html`<a id="enter-provider" class="button" href="/api/v1/session/oidc">${t("login/provider")}</a>`}
  </form>`;
}

function TokenForm({ through }) {
  const send = (event) => {
    event.preventDefault();
    const value = event.target.elements.token.value.trim();
    if (value) through(value);
  };
  return html`<form id="login-form" onSubmit=${send}>
    <h2 id="login-title">${t("login/token_title")}</h2><p class="muted">${t("login/token_help")}</p>
    <${Field} id="token" word="token" autocomplete="off" maxlength="512" first />
    <button id="login-go" class="button primary" type="submit">${t("login/go")}</button>
  </form>`;
}

function ChangeForm({ act, through, busy }) {
  const send = act(async ({ old, fresh, again }) => {
    if (fresh !== again) throw t("login/differ");
    await put(`${SESSION}/password`, { old, new: fresh });
    through("");
  });
  return html`<form id="change-form" onSubmit=${send}>
    <h2 id="login-title">${t("login/change")}</h2><p class="muted">${t("login/change_help")}</p>
    <${Field} id="change-old" word="old" autocomplete="current-password" maxlength="512" first />
    <${Field} id="change-new" word="fresh" autocomplete="new-password" maxlength="128" />
    <${Field} id="change-again" word="again" autocomplete="new-password" maxlength="128" />
    <button class="button primary" type="submit" disabled=${busy}>${t("login/set")}</button>
  </form>`;
}
