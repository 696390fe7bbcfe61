// The stand-in's page: asks for the tickets, shows what changed. Everything received is shown as text, never as HTML.

const EVERY_MS = 700;
const STATES = { ringing: "正在呼叫", transferred: "已转接", failed: "转接未成", final: "已结束" };
const SOURCES = { transcript: "转写", "caller-id": "来电号码", agent: "坐席填写", default: "未说明" };
const SPEAKERS = { caller: "诉求人" };
const TRANSCRIPTS = { live: "转写进行中", final: "转写完成", pending: "转写待补（稍后从录音补上）", incomplete: "转写不完整" };
const OUTCOMES = { transferred: "已转接", failed: "转接未成", abandoned: "诉求人挂断", open: "" };

const list = document.getElementById("tickets");
const status = document.getElementById("status");
const empty = document.getElementById("empty");
const shown = new Map();
let tag = "";

function make(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function time(text) {
  return text ? new Date(text).toLocaleTimeString("zh-CN", { hour12: false }) : "";
}

function seconds(value) {
  const whole = Math.floor(value);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function head(entry) {
  const ticket = entry.ticket;
  const node = make("div", "head");
  node.append(
    make("span", `state ${ticket.state}`, STATES[ticket.state] ?? ticket.state),
    make("strong", "", `${ticket.from_platform} → ${ticket.to_platform}`),
    make("span", "", `来电 ${ticket.caller.number || "未知"}`),
    make("span", "", `按键 ${time(ticket.caller.pressed_at)}`),
    make("span", "", `第 ${ticket.version} 版，${time(entry.received_at)} 收到`),
  );
  if (OUTCOMES[ticket.outcome]) node.append(make("span", "", OUTCOMES[ticket.outcome] + (ticket.reason ? `（${ticket.reason}）` : "")));
  node.append(make("code", "", ticket.incident));
  return node;
}

function elements(ticket) {
  const node = make("dl", "elements");
  for (const item of Object.values(ticket.elements)) {
    const value = make("dd", item.value ? "" : "missing", item.value || "（未说明）");
    if (item.resolved) value.append(make("small", "", [item.resolved, item.until].filter(Boolean).map((text) => text.replace(/^(\d{4}-\d\d-\d\d)T/, "$1 ").replace("+08:00", "")).join(" — ")));
    if (item.said) value.append(make("small", "", `听到“${item.said}”`));
    value.append(make("small", "source", SOURCES[item.source] ?? item.source));
    node.append(make("dt", "", item.label), value);
  }
  return node;
}

function category(ticket) {
  const node = make("p", "category");
  if (!ticket.category) return node;
  node.append(make("strong", ticket.category.urgent ? "urgent" : "", ticket.category.name));
  node.append(` 附件${ticket.category.list} · 依据：`);
  for (const word of ticket.category.evidence) node.append(make("mark", "", word), " ");
  return node;
}

function transcript(ticket) {
  const node = make("ol", "transcript");
  node.append(make("li", "note", TRANSCRIPTS[ticket.transcript.state] ?? ticket.transcript.state));
  for (const item of ticket.transcript.utterances) {
    const line = make("li", item.final ? "" : "interim");
    line.append(make("time", "", seconds(item.start)));
    line.append(make("b", item.speaker === "caller" ? "caller" : "desk", SPEAKERS[item.speaker] ?? item.speaker));
    line.append(make("span", "", item.text));
    node.append(line);
  }
  return node;
}

function card(entry) {
  const node = make("article", "ticket");
  node.append(head(entry), category(entry.ticket), elements(entry.ticket), transcript(entry.ticket));
  return node;
}

function show(tickets) {
  const only = decodeURIComponent(location.pathname.match(/^\/tickets\/(.+)$/)?.[1] ?? "");
  const wanted = tickets.filter((entry) => !only || entry.ticket.incident === only);
  empty.hidden = wanted.length > 0;
  const nodes = wanted.map((entry) => {
    const key = entry.ticket.incident;
    const old = shown.get(key);
    if (old?.version === entry.ticket.version) return old.node;
    const node = card(entry);
    shown.set(key, { version: entry.ticket.version, node });
    return node;
  });
  list.replaceChildren(...nodes);
}

async function ask() {
  try {
    const answer = await fetch("/tickets", { headers: { "If-None-Match": tag, Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("etag") ?? "";
      show((await answer.json()).tickets);
    }
    status.textContent = "实时接收中";
    status.className = "live";
  } catch {
    status.textContent = "连接中断，正在重试…";
    status.className = "lost";
  }
  setTimeout(ask, EVERY_MS);
}

ask();
