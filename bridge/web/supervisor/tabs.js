// The supervisor's tabs, in their order. A tab is added by adding its line:
//   { id: "wall", label: { zh: "大屏", en: "Wall" }, load: () => import("./wall/wall.js") },

export const TABS = [
  { id: "wall", label: { zh: "大屏", en: "Wall" }, load: () => import("./wall/wall.js") },
  { id: "tickets", label: { zh: "工单", en: "Tickets" }, load: () => import("./tickets/tickets.js") },
  { id: "review", label: { zh: "质检", en: "Review" }, needs: ["review"], load: () => import("./review/review.js") },
  { id: "figures", label: { zh: "统计", en: "Figures" }, needs: ["review"], load: () => import("./figures/figures.js") },
  { id: "report", label: { zh: "月报", en: "Report" }, needs: ["review"], load: () => import("./report/report.js") },
];
