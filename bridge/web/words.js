// Every word the page shows, in Chinese and English. Knows no state and no element.

const ZH = {
  title: "一键转接", language: "EN", calls: "通话", captions: "转写",
  link: { connecting: "正在连接", live: "实时", lost: "已断开，正在重连", closed: "未登录" },
  phones: "话机", active: "通话中", waiting: "待送工单", recogniser: "语音识别", recording: "录音", media: "媒体",
  health: { up: "正常", pending: "恢复中", down: "中断", off: "未启用", "disk-full": "磁盘已满，停录", quota: "录音已达上限，停录",
    "write-failed": "磁盘写不进", "slow-disk": "磁盘太慢，有缺失", "recorder-gone": "录音进程中断" },
  none: "还没有电话", none_help: "电话打进来，这里立刻显示双方的话和工单。",
  nobody_spoke: "还没有人说话", recogniser_pending: "语音识别暂时中断，通话不受影响，录下的话稍后补转写。",
  transcript: { pending: "转写待补：有几句话没来得及转写；录了音的，通话结束后补上。", incomplete: "转写不完整。",
    "not-recorded": "转写不完整：有几句话没转写上，那一段也没有录音。", "recogniser-gone": "转写不完整：转写服务一直不可用，没能从录音补上。",
    "recording-unreadable": "转写不完整：录音读不了，没能补上。", interrupted: "转写不完整：通话中系统重启，之后的话没有转写。" },
  phase: { setup: "正在接入", queued: "排队中", talking: "通话中", alone: "等待对方接听", recalling: "正在请话务员接回", leaving: "播放提示音", desks: "诉求人已挂机，两家协商中", over: "已结束" },
  outcome: { "caller left": "诉求人挂断", "attendant left": "对方挂断", "no agent": "无话务员接听", "not answered": "无人接听", announced: "提示已播完", announced: "听了提示音" },
  queues: "排队", waiting_now: "等待", today: "今天", answer_rate: "接通率", abandon_rate: "早释率", callbacks: "待回拨",
  agent_state: { ready: "就绪", ringing: "振铃", busy: "通话中", "after-call": "话后", paused: "暂停", away: "话机不在" },
  agent_wish: { ready: "就绪", paused: "暂停" },
  silent_call: "无声来电", quiet_line: "静默中", make_quiet: "转为静默", quiet_help: "诉求人的线路不放音乐和提示音；问是或不是，按 1 = 是，2 = 不是",
  mark_caller: "标记骚扰", mark_help: "记下这个号码：它下次打来时，接的人一眼看到警告；不会拦它", marked: "已标记 {number}",
  marked_on_page: "话务员在页面上标记，通话 {id}",
  caution: { mark: "骚扰标记", warn: "骚扰警告", divert: "骚扰改接", limit: "次数过多" },
  caller: "诉求人", agent: "话务员", desk: "接警台", seat: "坐席",
  leg: { up: "已接通", hold: "保持中", aside: "听音乐", rings: "振铃中", dials: "正在呼叫", hears_ring: "听回铃音", hears: "听提示音", hush: "线路静默", gone: "已退出" },
  sound: { green: "音质好", yellow: "音质一般", red: "音质差" }, secure: "语音已加密", loss: "丢包", jitter: "抖动",
  press: "一键转接", pressing: "正在转接", code: "话机按",
  mode: { direct: "直转", conference: "三方通话", consult: "咨询转接" },
  short: { direct: "直转", conference: "三方", consult: "咨询" },
  steer: { complete: "完成转接", swap: "切换", join: "三方通话", cancel: "取消转接", leave: "我退出，留给对方", drop: "请对方退出" },
  key_state: { down: "不通：所有线路都没有应答，仍可以按", closed: "现在不在服务时间" }, dead_trunks: "中继不通",
  state: {
    dialling: "正在呼叫{who}", ringing: "{who}振铃中", "left-dialling": "话务员已挂断，正在呼叫{who}",
    "left-ringing": "话务员已挂断，{who}振铃中", connected: "已转到{who}", failed: "没有转成：{why}",
    cancelled: "转接已取消", abandoned: "诉求人已挂断", recalled: "没有转成：{why}",
    joined: "三方通话中：{who}已加入", consulting: "正在咨询{who}", swapped: "与诉求人说话，{who}等候", returned: "{who}已退出",
  },
  calm: { dialling: "诉求人与话务员照常通话", ringing: "诉求人与话务员照常通话", "left-dialling": "诉求人听回铃音",
    "left-ringing": "诉求人听回铃音", connected: "诉求人与对方直接通话，话务员已释放", failed: "诉求人仍在与话务员通话",
    cancelled: "诉求人仍在与话务员通话", abandoned: "工单已保留", recalled: "正在请话务员接回诉求人",
    joined: "谁先挂机，另外两方继续", consulting: "诉求人听音乐；话务员挂机就是完成", swapped: "对方听音乐；话务员挂机就是完成",
    returned: "诉求人仍在与话务员通话" },
  why: { busy: "对方占线", silent: "对方无人接听", dead: "对方线路不通", refused: "对方拒接", cancelled: "已取消", "caller-left": "诉求人挂断", left: "对方已挂机", "": "原因不明" },
  step: { pressed: "按键", invite: "呼出", ring: "振铃", done: "接通" },
  elements: "五要素", who: "诉求人", contact: "联系方式", when: "事发时间", where: "事发地", what: "诉求内容", not_yet: "等待说明", cleared: "（话务员已清空）", correct: "改", save: "保存", leave_it: "不改了", heard_as: "听到“{said}”",
  source: { transcript: "转写", "caller-id": "来电号码", agent: "话务员填写", default: "" },
  category: "推荐类别", no_category: "听到足够的内容后给出推荐", to: "归 {who} 受理", urgent: "紧急", evidence: "依据",
  danger: "危险", danger_gone: "报警撤回", danger_state: { raised: "正在说", confirmed: "已听清", withdrawn: "听清后不是" },
  direction: "方向", no_direction: "还听不出该去哪里", ranked: "像是", other_lines: "有关热线", points: "{n} 分", also: "同时通知：{who}", say: "对诉求人说：",
  go: { stay: "留在本平台处理", to: "转 {who}", none: "双方都不受理，请解释", conference: "三方通话，与 {who} 协商" },
  list: "附件{n}", draft: "草稿", ticket: "工单 第{n}版", ticket_state: { ringing: "已送出", transferred: "已随话转到", failed: "未转成", final: "已定稿" },
  timings: "用时", ms: "毫秒",
  mark: { press_to_invite_ms: "按键 → 呼出", press_to_ticket_ms: "按键 → 工单送达", press_to_answer_ms: "按键 → 对方接听",
    answer_to_audio_ms: "接听 → 双向语音", caller_gap_ms: "诉求人最长静音" },
  login: "请输入令牌", login_help: "令牌由管理员发放，只保存在这个标签页里。", token: "令牌", enter: "进入",
  wrong_token: "令牌不对，请核对后再输。", no_scope: "没有查看权限，请向管理员申请。",
  session_over: "登录到期了，请重新登录。", leave_as: "退出 {name}",
  unreachable: "没有送到系统，请再按一次；通话不受影响。", read_only: "这个令牌只能查看",
};

const EN = {
  title: "One-key transfer", language: "中文", calls: "Calls", captions: "Captions",
  link: { connecting: "Connecting", live: "Live", lost: "Lost, reconnecting", closed: "Signed out" },
  phones: "Phones", active: "On call", waiting: "Tickets waiting", recogniser: "Speech", recording: "Recording", media: "Media",
  health: { up: "fine", pending: "recovering", down: "down", off: "off", "disk-full": "disk full, stopped", quota: "at its limit, stopped",
    "write-failed": "disk refuses", "slow-disk": "disk too slow, gaps", "recorder-gone": "recorder is gone" },
  none: "No calls yet", none_help: "When one comes in, what both sides say and the ticket appear here at once.",
  nobody_spoke: "Nobody has spoken yet", recogniser_pending: "Speech recognition is out; the call goes on and will be transcribed later.",
  transcript: { pending: "Some words were missed; where the call is recorded they come after its end.", incomplete: "The transcript is incomplete.",
    "not-recorded": "Incomplete: some words were missed, and that part was not recorded.", "recogniser-gone": "Incomplete: no recogniser was to be had for the recording.",
    "recording-unreadable": "Incomplete: the recording cannot be read.", interrupted: "Incomplete: the system restarted during the call." },
  phase: { setup: "Coming in", queued: "In the queue", talking: "Talking", alone: "Waiting for the desk", recalling: "Calling the agent back", leaving: "Announcement", desks: "Caller left, both desks talk", over: "Ended" },
  outcome: { "caller left": "caller hung up", "attendant left": "other side hung up", "no agent": "no agent", "not answered": "not answered", announced: "announcement played", announced: "heard an announcement" },
  queues: "Queues", waiting_now: "Waiting", today: "Today", answer_rate: "answered", abandon_rate: "abandoned", callbacks: "To call back",
  agent_state: { ready: "ready", ringing: "ringing", busy: "on a call", "after-call": "after-call", paused: "paused", away: "phone away" },
  agent_wish: { ready: "Ready", paused: "Pause" },
  silent_call: "Silent call", quiet_line: "Quiet line", make_quiet: "Make quiet", quiet_help: "No music or announcement for the caller; ask yes or no: key 1 = yes, 2 = no",
  mark_caller: "Mark as harassing", mark_help: "Whoever takes the next call of this number sees a warning; it is not kept out", marked: "{number} is marked",
  marked_on_page: "marked on the page, call {id}",
  caution: { mark: "marked", warn: "warning", divert: "diverted", limit: "over the limit" },
  caller: "Caller", agent: "agent", desk: "desk", seat: "desk",
  leg: { up: "Connected", hold: "On hold", aside: "Hears music", rings: "Ringing", dials: "Calling", hears_ring: "Hears ring-back", hears: "Hears announcement", hush: "Quiet line", gone: "Left" },
  sound: { green: "good", yellow: "fair", red: "poor" }, secure: "voice is encrypted", loss: "loss", jitter: "jitter",
  press: "Transfer to", pressing: "Transferring", code: "phone keys",
  mode: { direct: "Direct", conference: "Conference", consult: "Consult" },
  short: { direct: "Direct", conference: "3-way", consult: "Consult" },
  steer: { complete: "Complete", swap: "Swap", join: "Conference", cancel: "Cancel transfer", leave: "Leave them to it", drop: "Send the desk away" },
  key_state: { down: "no line answers; may still be pressed", closed: "not served at this hour" }, dead_trunks: "Trunks down",
  state: {
    dialling: "Calling {who}", ringing: "{who} is ringing", "left-dialling": "Agent left, calling {who}",
    "left-ringing": "Agent left, {who} is ringing", connected: "Now with {who}", failed: "Not transferred: {why}",
    cancelled: "Transfer cancelled", abandoned: "Caller hung up", recalled: "Not transferred: {why}",
    joined: "All three talk: {who} has joined", consulting: "Consulting {who}", swapped: "With the caller, {who} waits", returned: "{who} has left",
  },
  calm: { dialling: "Caller and agent go on talking", ringing: "Caller and agent go on talking", "left-dialling": "Caller hears ring-back",
    "left-ringing": "Caller hears ring-back", connected: "Caller and desk talk directly, agent released", failed: "Caller is still with the agent",
    cancelled: "Caller is still with the agent", abandoned: "The ticket is kept", recalled: "Calling the agent back for the caller",
    joined: "Whoever leaves, the others go on", consulting: "Caller hears music; hanging up completes", swapped: "The desk hears music; hanging up completes",
    returned: "Caller is still with the agent" },
  why: { busy: "busy", silent: "no answer", dead: "line dead", refused: "refused", cancelled: "cancelled", "caller-left": "caller hung up", left: "they hung up", "": "unknown" },
  step: { pressed: "Pressed", invite: "Dialled", ring: "Ringing", done: "Connected" },
  elements: "Five elements", who: "Who", contact: "Contact", when: "When", where: "Where", what: "What", not_yet: "not said yet", cleared: "(cleared by the agent)", correct: "Correct", save: "Save", leave_it: "Leave it", heard_as: "heard “{said}”",
  source: { transcript: "said", "caller-id": "caller id", agent: "agent", default: "" },
  category: "Suggested category", no_category: "Comes once enough was said", to: "belongs to {who}", urgent: "Urgent", evidence: "Because",
  danger: "Danger", danger_gone: "Alert taken back", danger_state: { raised: "being said", confirmed: "heard clearly", withdrawn: "it was something else" },
  direction: "Where to", no_direction: "nothing says where yet", ranked: "Looks like", other_lines: "Other lines", points: "{n} points", also: "also tell: {who}", say: "Tell the caller: ",
  go: { stay: "Stays here", to: "Transfer to {who}", none: "Neither takes it: explain", conference: "Conference with {who}" },
  list: "Annex {n}", draft: "draft", ticket: "ticket v{n}", ticket_state: { ringing: "sent", transferred: "went with the call", failed: "not transferred", final: "final" },
  timings: "Timings", ms: "ms",
  mark: { press_to_invite_ms: "Press → INVITE", press_to_ticket_ms: "Press → ticket delivered", press_to_answer_ms: "Press → answered",
    answer_to_audio_ms: "Answer → audio both ways", caller_gap_ms: "Caller's longest silence" },
  login: "Token, please", login_help: "Your administrator gives it to you. It stays in this tab.", token: "Token", enter: "Enter",
  wrong_token: "That token is not known.", no_scope: "No right to look at calls.",
  session_over: "Your session is over, log in again.", leave_as: "Log out {name}",
  unreachable: "It did not reach the bridge, press again; the call goes on.", read_only: "This token may only look",
};

const BOOKS = { zh: ZH, en: EN };
let book = ZH;

export function speak(language) {
  book = BOOKS[language] || ZH;
  document.documentElement.lang = book === ZH ? "zh-CN" : "en";
}

export const language = () => (book === ZH ? "zh" : "en");

/** The word at a dotted path, with {names} filled in; an unknown last part stands for itself. */
export function t(path, fill = {}) {
  const keys = path.split("/");
  let word = book;
  for (const key of keys) word = word && Object.hasOwn(word, key) ? word[key] : undefined;
  if (typeof word !== "string") word = keys.at(-1);
  return word.replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole);
}

/** What people call a speaker: 诉求人, 12345 话务员, 110 接警台. */
export function speaker(id) {
  if (id === "caller") return t("caller");
  const seat = { "12345": "agent", "110": "desk" }[id] || "seat";
  return `${id} ${t(seat)}`;
}

/** One sign for a speaker's badge. */
export const badge = (id) => ({ caller: "诉", "12345": "热", "110": "警", "119": "消", "120": "急", "122": "交" })[id] || id.slice(0, 1);
