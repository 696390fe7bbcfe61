// Users with their log-ins, which can be ended, and tokens with when they end. No secret, no hash.

import { html, useState } from "../vendor/preact.js";
import { del, get } from "../shared/http.js";
import { Empty, useAnswer } from "../shared/states.js";
import { toast, trying } from "../shared/toasts.js";
import { t } from "../shared/words.js";
import { Tab } from "./parts.js";
import { time } from "./words.js";

export default function Users() {
  const answer = useAnswer(() => get("/api/v1/admin/users"));
  return html`<${Tab} title=${t("users/title")} note=${t("users/help")} answer=${answer}>${({ users, tokens }) => html`
    ${users.length ? html`<div class="card adm-scroll"><table class="table"><thead><tr>${["login", "name", "role", "platform", "extension", "state", "sessions"].map((word) => html`
      <th key=${word} scope="col">${t(`users/${word}`)}</th>`)}</tr></thead>
      <tbody>${users.map((user) => html`<${User} key=${user.login} user=${user} again=${answer.again} />`)}</tbody></table></div>`
    : html`<${Empty} title=${t("users/empty")}>${t("users/empty_help")}<//>`}
    <h2 class="adm-second">${t("users/tokens")}</h2>
    ${tokens.length ? html`<${Tokens} tokens=${tokens} />` : html`<${Empty} title=${t("users/no_tokens")} />`}`}<//>`;
}

function User({ user, again }) {
  return html`<tr><th scope="row">${user.login}</th><td>${user.name}</td><td>${t(`users/roles/${user.role}`)}</td><td>${user.platform || t("adm/all")}</td>
    <td>${user.extension || t("adm/none")}</td><td><i class=${`adm-state ${user.state === "good" ? "good" : "busy"}`}>${t(`users/states/${user.state}`)}</i>
      <span class="muted">${t(`users/by/${user.by}`)}</span></td>
    <td>${user.sessions.length ? user.sessions.map((one) => html`<${Session} key=${one.id} user=${user} session=${one} again=${again} />`) : t("adm/never")}</td></tr>`;
}

/** Two presses: the first asks, the second does it. */
function Session({ user, session, again }) {
  const [sure, ask] = useState(false);
  const end = async () => {
    if (!sure) { ask(true); return; }
    ask(false);
    if (await trying(() => del(`/api/v1/admin/sessions/${session.id}`))) {
      toast(t("users/ended", { login: user.login }), "good");
      again();
    }
  };
  return html`<div class="adm-session"><span>${t("users/seen", { time: time(session.seen_at) })}</span>
    <button type="button" class=${`button small ${sure ? "danger" : ""}`} title=${t("users/end_all_help")} onClick=${end} onBlur=${() => ask(false)}>${
      sure ? t("users/sure", { login: user.login }) : t("users/end")}</button></div>`;
}

function Tokens({ tokens }) {
  return html`<div class="card adm-scroll"><table class="table"><thead><tr>${["name", "may", "platform", "where", "made", "until", "state"].map((word) => html`
    <th key=${word} scope="col">${t(`users/${word}`)}</th>`)}</tr></thead>
    <tbody>${tokens.map((one) => html`<tr key=${one.from + one.name}><th scope="row">${one.name}</th><td>${one.may.join("、")}</td><td>${one.platform || t("adm/all")}</td>
      <td>${t(`users/${one.from}`)}</td><td>${time(one.made_at)}</td><td>${one.ends_at ? time(one.ends_at) : t("users/forever")}</td>
      <td><i class=${`adm-state ${one.state === "good" ? "good" : "bad"}`}>${t(`users/states/${one.state}`)}</i></td></tr>`)}</tbody></table></div>`;
}
