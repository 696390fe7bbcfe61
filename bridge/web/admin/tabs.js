// The administrator's tabs, in their order. A tab is added by adding its line:
//   { id: "trunks", label: { zh: "中继", en: "Trunks" }, load: () => import("./trunks/trunks.js") },

export const TABS = [
  { id: "trunks", label: { zh: "中继", en: "Trunks" }, load: () => import("./trunks.js") },
  { id: "routes", label: { zh: "路由", en: "Routes" }, load: () => import("./routes.js") },
  { id: "targets", label: { zh: "目标和话务员", en: "Targets and agents" }, load: () => import("./targets.js") },
  { id: "users", label: { zh: "用户", en: "Users" }, load: () => import("./users.js") },
  { id: "health", label: { zh: "健康", en: "Health" }, load: () => import("./health.js") },
  { id: "config", label: { zh: "配置", en: "Configuration" }, load: () => import("./config.js") },
];
