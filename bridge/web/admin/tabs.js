// The administrator's tabs, in their order. A tab is added by adding its line:
//   { id: "trunks", label: { zh: "中继", en: "Trunks" }, load: () => import("./trunks/trunks.js") },

export const TABS = [
];
