// The supervisor's tabs, in their order. A tab is added by adding its line:
//   { id: "wall", label: { zh: "大屏", en: "Wall" }, load: () => import("./wall/wall.js") },

export const TABS = [
  { id: "wall", label: { zh: "大屏", en: "Wall" }, load: () => import("./wall/wall.js") },
];
