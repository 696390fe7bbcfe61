// Periods of whole days as people pick them. Pure: the day of today comes in.

const two = (number) => String(number).padStart(2, "0");
export const dayText = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const shifted = (date, days) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
export const PRESETS = ["week", "month", "quarter", "this", "last"];

/** {from, to}: first and last day of a preset, both included. */
export function preset(name, today) {
  const day = (date) => dayText(date), month = (more) => new Date(today.getFullYear(), today.getMonth() + more, 1);
  if (name === "this") return { from: day(month(0)), to: day(today) };
  if (name === "last") return { from: day(month(-1)), to: day(shifted(month(0), -1)) };
  return { from: day(shifted(today, { week: -6, month: -29, quarter: -89 }[name])), to: day(today) };
}

export const days = ({ from, to }) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000) + 1;
export const sound = ({ from, to }) => days({ from, to }) >= 1;

/** What is asked of the bridge: noon of the first and of the last day, so that either zone means the same days. */
export function asked({ from, to }) {
  const offset = -new Date(`${from}T12:00:00`).getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return { from: `${from}T12:00:00${zone}`, to: `${to}T12:00:01${zone}` };
}
