// Log-in: name and password, the identity provider, or (for programs' people) a token; and one's first own password.
// Knows the three forms and the session's address; what comes after is the caller's.

const SESSION = "/api/v1/session";

const WORDS = {
  zh: {
    title: "登录", name: "登录名", password: "密码", enter: "登录", provider: "统一登录", other: "用令牌进入", back: "用密码登录",
    change: "先换成自己的密码", change_help: "现在的密码是别人设的。至少 10 个字，不含登录名；几个不相干的词连起来最好记。",
    old: "现在的密码", fresh: "新密码", again: "再输一次新密码", set: "换密码", differ: "两次输入的不一样", leave: "退出",
    cookies: "登录了，但浏览器没有保存会话：要用 https:// 打开本页",
    offline: "连不上，请检查网络", refused: "没有登录成功",
    "login-refused": "统一登录没有成功：请重新登录；还不行，请把时间告诉管理员",
  },
  en: {
    title: "Log in", name: "Login name", password: "Password", enter: "Log in", provider: "Single sign-on", other: "Use a token",
    back: "Use a password", change: "Choose your own password first",
    change_help: "Somebody else has set this one. At least 10 characters, without your login name.",
    old: "Present password", fresh: "New password", again: "New password again", set: "Change", differ: "They differ",
    leave: "Log out", cookies: "Logged in, but the browser kept no session: open this page by https://",
    offline: "Cannot be reached, check the network", refused: "Not logged in",
    "login-refused": "Single sign-on came to nothing: try again; if it stays so, tell the administrator when",
  },
};

/** language(): "zh" or "en"; entered(): somebody is logged in. Returns {show(why), change(), leave(), close()}. */
export function logins(language, entered) {
  const $ = (id) => document.getElementById(id);
  const t = (key) => (WORDS[language()] || WORDS.zh)[key] || WORDS.zh[key] || WORDS.zh.refused;
  const dialog = $("login");
  let form = "password";

  function draw() {
    for (const [name, id] of [["password", "enter-form"], ["token", "login-form"], ["change", "change-form"]]) {
      $(id).hidden = form !== name;
    }
    $("login-other").hidden = form === "change";
    $("login-other").textContent = t(form === "password" ? "other" : "back");
    for (const each of dialog.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  }

  function open(which, why) {
    form = which;
    draw();
    say(which, why || "");
    if (!dialog.open) dialog.showModal();
    $({ password: "enter-name", token: "token", change: "change-old" }[which]).focus();
  }

  function say(which, words) {
    $({ password: "enter-wrong", token: "login-wrong", change: "change-wrong" }[which]).textContent = words;
  }

  async function ask(method, path, body) {
    let answer;
    try {
      answer = await fetch(path, {
        method, cache: "no-store", body: body && JSON.stringify(body),
        headers: body ? { "Content-Type": "application/json" } : {},
      });
    } catch {
      throw t("offline");
    }
    const told = await answer.json().catch(() => null);
    if (!answer.ok) throw (told && [told.title, told.detail].filter(Boolean).join("：")) || t("refused");
    return told;
  }

  async function busy(element, work, which) {
    const button = element.querySelector("button[type=submit]");
    button.disabled = true;
    say(which, "");
    try {
      await work();
    } catch (words) {
      say(which, typeof words === "string" ? words : t("refused"));
    } finally {
      button.disabled = false;
    }
  }

  $("enter-form").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.target, async () => {
      const you = await ask("POST", SESSION, { login: $("enter-name").value, password: $("enter-password").value });
      $("enter-password").value = "";
      await ask("GET", SESSION).catch(() => { throw t("cookies"); });
      $("change-name").value = you.name;  // for the browser's own memory of passwords
      if (you.must_change) { open("change"); return; }
      dialog.close();
      entered();
    }, "password");
  });

  $("change-form").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.target, async () => {
      if ($("change-new").value !== $("change-again").value) throw t("differ");
      await ask("PUT", `${SESSION}/password`, { old: $("change-old").value, new: $("change-new").value });
      for (const id of ["change-old", "change-new", "change-again"]) $(id).value = "";
      dialog.close();
      entered();
    }, "change");
  });

  $("login-other").addEventListener("click", () => open(form === "password" ? "token" : "password"));
  dialog.addEventListener("cancel", (event) => event.preventDefault());

  /** What can be used to log in here decides what is shown: without users only tokens are. */
  async function show(why) {
    const ways = await ask("GET", `${SESSION}/ways`).catch(() => ({ password: false, provider: false }));
    $("enter-provider").hidden = !ways.provider;
    const back = new URLSearchParams(location.search).get("refused");
    if (back) history.replaceState(null, "", location.pathname);
    open(ways.password ? "password" : "token", why || (back ? t(back) : ""));
    $("login-other").hidden = !ways.password;
  }

  return {
    show,
    change: () => open("change"),
    leave: () => ask("DELETE", SESSION).catch(() => null),
    close: () => { if (dialog.open) dialog.close(); },
    draw,
  };
}
