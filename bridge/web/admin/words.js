// The administrator's words.

import { register } from "../shared/words.js";

register({
  zh: {
    adm: {
      refresh: "刷新", at: "{time} 的情形", never: "没有", none: "—", all: "全部平台", copy: "复制", yes: "是", no: "否",
      seconds: "{n} 秒", ago: "{n} 秒前", ms: "{n} 毫秒", times: "{n} 次",
      state: { up: "通", down: "不通", unprobed: "没有探测", inbound: "只打进来", drained: "已去掉", suspect: "可疑", recovering: "恢复中", good: "好",
        full: "满", unknown: "没有探测" },
      kind: { added: "新加", removed: "去掉", changed: "改了", reordered: "次序变了" },
    },
    trunks: {
      title: "中继", empty: "没有配置中继", empty_help: "在配置文件的 trunks 里写上运营商、对方平台和交换机，再到“配置”页载入。",
      name: "中继", state: "现在", since: "从", why: "原因", calls: "占用 / 线路", reserved: "其中 {n} 路留给紧急方向", free: "不限", addresses: "地址和上次探测",
      register: "注册", registered: "已注册", refusals: "被拒绝的呼叫", last: "最后一次 {status}，{time}", test: "测试", testing: "正在问……",
      known_by: "凭什么认得", nobody: "只呼出", answered: "{address}：应答 {status}，{ms} 毫秒", silent: "{address}：{advice}", platform: "平台",
      down: "{n} 条不通", all_up: "都通", never_asked: "还没有问过",
    },
    routes: {
      title: "路由", empty: "没有路由", empty_help: "在配置文件的 routes 里写上谁打什么号码找谁，再到“配置”页载入。",
      try: "试拨", number: "拨的号码", from: "谁拨", at: "什么时候（不写 = 现在）", go: "看会转到哪里", agents: "话务员", trunks: "中继",
      nowhere: "没有路由：这样的呼叫会被拒绝（404）", nowhere_help: "每条号码对得上的路由为什么不行：", why: "为什么是它",
      total: "最多试 {n} 秒", until_done: "试完为止", ring: "振铃 {n} 秒", dead: "{n} 秒无应答算不通", begins: "第 {n} 秒起", not_tried: "不试",
      place: "次序", name: "路由", wanted: "号码", sources: "从哪里来", to: "依次找", mode: "方式", flags: "其他", closed: "现在不在时段里", key: "一键转接",
      emergency: "紧急方向", silent: "静默求助", record: "录音 {policy}", hours: "时段 {text}", via: "经 {platform}", picture: "依次试的目标，横轴是秒",
      modes: { direct: "直转", conference: "三方通话", consult: "咨询转接" }, order_changed: "原来第 {n}", dry: "只是试算，没有拨出",
      legend: "绿：通 · 黄：没有探测 · 红：不通，排到最后 · 灰：不试",
    },
    targets: {
      title: "路由会去的地方", agents: "话务员", empty: "没有路由，也就没有目标", none: "没有配置话务员", none_help: "在配置文件的 agents 里写上分机。",
      place: "目标", state: "现在", load: "占用", used: "用它的路由", turn: "{route}（第 {n} 个）", extension: "分机", name: "名字", platform: "平台", phone: "话机",
      behind: "在中继 {trunk} 后面", in_page: "网页电话就绪", page_away: "网页电话没有打开或没有就绪", registered: "{address}，注册还有 {left}", unregistered: "没有注册", reachable: "能振铃", unreachable: "不能振铃", queue: "排队",
      dialled: "所拨的号码",
      queue_state: { ready: "就绪", ringing: "振铃", busy: "通话中", "after-call": "话后", paused: "暂停", away: "不在" },
    },
    users: {
      title: "用户", tokens: "令牌", empty: "还没有用户", empty_help: "在服务器上运行 bridge user add 登录名 --role administrator。",
      no_tokens: "没有令牌", login: "登录名", name: "名字", role: "角色", platform: "平台", extension: "分机", state: "状态", sessions: "正在登录", end: "结束",
      end_all_help: "结束后那个浏览器要重新登录；正在进行的通话不受影响。", sure: "结束 {login} 的这个登录？", ended: "已结束 {login} 的登录", seen: "{time} 用过", may: "权限",
      until: "到期", made: "发放", forever: "一直有效", where: "写在", configuration: "配置文件", database: "数据库", help: "加用户、改密码、发令牌在服务器上做：bridge user、bridge token。",
      states: { good: "正常", "must-change": "要换密码", disabled: "停用", expired: "已过期", revoked: "已收回" }, by: { password: "密码", provider: "统一登录" },
      roles: { agent: "话务员", supervisor: "班长", administrator: "管理员", partner: "对方平台" },
    },
    health: {
      title: "系统各部分", troubles: "最近的错误", empty: "启动以来没有错误", since: "启动以来 {n} 次，最后 {time}", do: "怎么办", more: "最近几次", partners: "对方平台的工单",
      waiting: "待送 {n}", parked: "被拒收 {n}", expired: "太久没送到 {n}", last_error: "最后的错误：{text}", recognisers: "转写服务", streams: "{n} 路", media: "语音",
      asr_off: "没有启用", calls: "进行中的通话", phones: "注册的话机", oldest: "最早的等了 {n} 秒", no_partners: "没有往哪里送工单",
    },
    config: {
      title: "运行的配置", file: "文件", loaded: "{time} 载入", same: "文件和运行的一样", differs: "文件和运行的不一样", reload: "重新载入", reloading: "正在检查、载入……",
      wrong: "文件里有 {n} 处错误，改好之前不能载入；系统照原来的运行", warnings: "提醒（不影响载入）", applied: "现在载入会换上", waiting: "要重启才换上",
      done: "载入了：换上 {applied} 处，等重启 {waiting} 处", nothing: "载入了：没有变化", refused: "没有载入，什么也没有变", last: "上次载入", diff: "文件和运行的差别",
      text: "运行的配置（密码写作 •••）", defaults: "连默认值一起列出", no_diff: "改好错误才能比较", sure: "不断通话载入文件？进行中的通话照原来的计划。",
      edit: "改配置在版本管理里的文件上做；这里只看、只载入。", secret: "密码换了（不显示）",
    },
  },
  en: {
    adm: {
      refresh: "Refresh", at: "as of {time}", never: "none", none: "—", all: "all platforms", copy: "Copy", yes: "yes", no: "no",
      seconds: "{n} s", ago: "{n} s ago", ms: "{n} ms", times: "{n} times",
      state: { up: "up", down: "down", unprobed: "not probed", inbound: "inbound only", drained: "removed", suspect: "suspect", recovering: "recovering", good: "good",
        full: "full", unknown: "not probed" },
      kind: { added: "added", removed: "removed", changed: "changed", reordered: "other order" },
    },
    trunks: {
      title: "Trunks", empty: "No trunks configured", empty_help: "Write carriers, platforms and exchanges under trunks in the file, then reload it.",
      name: "Trunk", state: "Now", since: "since", why: "Why", calls: "In use / channels", reserved: "{n} kept for emergencies", free: "no limit", addresses: "Addresses and last probe",
      register: "Registration", registered: "registered", refusals: "Calls refused", last: "last {status}, {time}", test: "Test", testing: "Asking…",
      known_by: "Known by", nobody: "outbound only", answered: "{address}: answered {status}, {ms} ms", silent: "{address}: {advice}", platform: "Platform",
      down: "{n} down", all_up: "all up", never_asked: "never asked",
    },
    routes: {
      title: "Routes", empty: "No routes", empty_help: "Write who dials what and reaches whom under routes in the file, then reload it.",
      try: "Dry run", number: "Number dialled", from: "By", at: "When (empty: now)", go: "Where does it lead?", agents: "Agents", trunks: "Trunks",
      nowhere: "No route: such a call is refused (404)", nowhere_help: "Why each route with this number does not fit:", why: "Why this one",
      total: "{n} s in all", until_done: "until all are tried", ring: "rings {n} s", dead: "dead after {n} s of silence", begins: "from second {n}", not_tried: "not tried",
      place: "No.", name: "Route", wanted: "Number", sources: "From", to: "Tries in turn", mode: "Mode", flags: "More", closed: "not in its hours now", key: "one-touch key",
      emergency: "emergency", silent: "silent danger", record: "recording {policy}", hours: "hours {text}", via: "via {platform}", picture: "Targets in the order they are tried, by seconds",
      modes: { direct: "direct", conference: "conference", consult: "consult" }, order_changed: "was no. {n}", dry: "Reckoned only, nobody was dialled",
      legend: "green: up · yellow: not probed · red: down, goes last · grey: not tried",
    },
    targets: {
      title: "Where routes lead", agents: "Agents", empty: "No routes, so no targets", none: "No agents configured", none_help: "Write extensions under agents in the file.",
      place: "Target", state: "Now", load: "In use", used: "Routes that use it", turn: "{route} (no. {n})", extension: "Extension", name: "Name", platform: "Platform", phone: "Telephone",
      behind: "behind trunk {trunk}", in_page: "telephone in the page is ready", page_away: "telephone in the page is not open or not ready", registered: "{address}, registered for {left} more", unregistered: "not registered", reachable: "can be rung", unreachable: "can't be rung", queue: "Queue",
      dialled: "the number dialled",
      queue_state: { ready: "ready", ringing: "ringing", busy: "busy", "after-call": "after call", paused: "paused", away: "away" },
    },
    users: {
      title: "Users", tokens: "Tokens", empty: "No users yet", empty_help: "On the server: bridge user add LOGIN --role administrator.",
      no_tokens: "No tokens", login: "Login", name: "Name", role: "Role", platform: "Platform", extension: "Extension", state: "State", sessions: "Signed in", end: "End it",
      end_all_help: "That browser must sign in again; calls in progress go on.", sure: "End this log-in of {login}?", ended: "Ended a log-in of {login}", seen: "used {time}", may: "May",
      until: "Ends", made: "Made", forever: "never ends", where: "Kept in", configuration: "the file", database: "the database", help: "Users, passwords and tokens are changed on the server: bridge user, bridge token.",
      states: { good: "fine", "must-change": "must change password", disabled: "disabled", expired: "expired", revoked: "revoked" }, by: { password: "password", provider: "single sign-on" },
      roles: { agent: "agent", supervisor: "supervisor", administrator: "administrator", partner: "partner" },
    },
    health: {
      title: "The parts", troubles: "Latest troubles", empty: "No trouble since the start", since: "{n} since the start, last {time}", do: "What to do", more: "The last ones", partners: "Tickets for partners",
      waiting: "{n} waiting", parked: "{n} refused", expired: "{n} too late", last_error: "Last error: {text}", recognisers: "Recognisers", streams: "{n} streams", media: "Media",
      asr_off: "switched off", calls: "Calls now", phones: "Telephones registered", oldest: "oldest waits {n} s", no_partners: "Nowhere to send tickets",
    },
    config: {
      title: "Configuration in use", file: "File", loaded: "loaded {time}", same: "The file is what runs", differs: "The file is not what runs", reload: "Reload", reloading: "Checking and loading…",
      wrong: "{n} faults in the file; it can't be loaded until they are mended, the bridge goes on as it was", warnings: "Reminders (no obstacle)", applied: "A reload takes over", waiting: "Waits for a restart",
      done: "Loaded: {applied} taken over, {waiting} wait for a restart", nothing: "Loaded: nothing has changed", refused: "Not loaded, nothing has changed", last: "Last reload", diff: "The file against what runs",
      text: "In use (secrets shown as •••)", defaults: "with the defaults", no_diff: "Can be compared once the faults are mended", sure: "Load the file without dropping calls? Calls in progress keep their plan.",
      edit: "The file is edited under version control; here it is read and loaded.", secret: "secret changed (not shown)",
    },
  },
});

export const time = (text) => {
  if (!text) return "—";
  const when = new Date(text);
  const clock = when.toLocaleTimeString("zh-CN", { hour12: false });
  return when.toDateString() === new Date().toDateString() ? clock : `${when.toLocaleDateString("zh-CN")} ${clock}`;
};
