// The live page put together: events go into the state, the state is drawn once per animation frame.

import { logins } from "./login.js";
import { apply, chosen, fresh } from "./state.js";
import { draw } from "./view.js";
import * as wire from "./wire.js";
import { language, speak, t } from "./words.js";

const state = fresh();
const local = { pressing: new Set(), notice: "", editing: null };
let due = false;

const $ = (id) => document.getElementById(id);

/** Draw at the next frame, however much happens until then. A hidden tab has no frames, so nothing piles up there. */
function dirty() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; draw(state, local, actions); });
}

const actions = {
  pick(id) { state.picked = id; dirty(); },
  press(id, number, mode) { act(id, () => wire.press(id, number, mode)); },
  steer(id, how) { act(id, () => wire.steer(id, how)); },
  cancel(id) { act(id, () => wire.cancel(id)); },
  mark(id, number) {
    act(id, async () => { await wire.mark(number, t("marked_on_page", { id })); local.notice = t("marked", { number }); });
  },
  edit(call, name) { local.editing = call ? { call, name } : null; dirty(); },
  correct(call, name, value) {
    act(`${call} ${name}`, async () => { await wire.correct(call, name, value); local.editing = null; });
  },
  hush(id) { act(id, () => wire.hush(id)); },
  setAgent(number, wish) { act(`agent ${number}`, () => wire.setAgent(number, wish)); },
};

async function act(id, send) {
  if (local.pressing.has(id)) return;
  local.pressing.add(id);
  local.notice = "";
  dirty();
  try {
    await send();
  } catch (problem) {
    local.notice = problem ? [problem.title, problem.detail].filter(Boolean).join("：") : t("unreachable");
  } finally {
    local.pressing.delete(id);
    dirty();
  }
}

const gate = logins(language, () => line.enter(""));

const line = wire.connect({
  event(message) {
    if (message.type === "snapshot") gate.close();
    if (message.you?.role) {
      $("you").hidden = false;
      $("you").textContent = t("leave_as", { name: message.you.name });
    }
    apply(state, message);
    if (message.type === "utterance" && message.final && chosen(state)?.call.id === message.call) {
      $("said").textContent = message.text;
    }
    dirty();
  },
  link(link) { state.link = link; dirty(); },
  refused(why) {
    if (why === "must_change") gate.change();
    else gate.show(why ? t(why) : "");
  },
});

$("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const value = $("token").value.trim();
  if (!value) return;
  $("token").value = "";
  $("login").close();
  line.enter(value);
});
$("you").addEventListener("click", async () => { await gate.leave(); location.reload(); });

$("language").addEventListener("click", () => {
  speak(language() === "zh" ? "en" : "zh");
  gate.draw();
  try { localStorage.setItem("bridge-language", language()); } catch { /* private mode */ }
  dirty();
});
$("notice").addEventListener("click", () => { local.notice = ""; dirty(); });

try { speak(localStorage.getItem("bridge-language") || "zh"); } catch { speak("zh"); }
setInterval(dirty, 1000);  // durations
dirty();
