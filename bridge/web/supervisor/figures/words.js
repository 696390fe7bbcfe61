// The words of figures, and how their values are written.

import { language, register, t } from "../../shared/words.js";

register({
  zh: { fg: {
    name: "统计", period: "时段", from: "从", to: "到", preset: { week: "近 7 天", month: "近 30 天", this: "本月", last: "上月", quarter: "近 90 天" }, platform: "平台", any: "全部",
    range: "{from} 至 {to}，上期是紧挨着的前 {n} 天", group: { overview: "总览", trend: "走势", spread: "分布", quality: "时效和退回", hot: "高频和热点" },
    titles: { summary: "全部指标", days: "每天的工单", hours: "一天里的各时段", calls: "每天的来电", classes: "按事项类别", counties: "按区县", platforms: "按平台", "on-time": "按时率", returns: "退回和原因", disputes: "争议清单（联席会议）", frequent: "高频诉求", places: "热点区域", call_platforms: "各平台的来电" },
    csv: "CSV", xlsx: "XLSX", download: "下载 {name} {kind}", none: "这个时段没有数据", chart: "{title}图，数据见旁边的表", rows: "{n} 行", report: "打印月报",
    cards: { tickets: "工单", transfer_rate: "转接成功率", answer_average: "平均应答（秒）", answer_rate: "接通率", abandon_rate: "早释率", on_time_rate: "按时率", return_rate: "退回率", disputed: "争议" },
    before: "上期 {n}", up: "比上期多 {n}", down: "比上期少 {n}", points: "{n} 个百分点", same: "与上期持平", new: "上期没有", wrong_dates: "结束日期要在开始日期之后", show: "画", unknown: "（未填）",
  } },
  en: { fg: {
    name: "Figures", period: "Period", from: "From", to: "To", preset: { week: "7 days", month: "30 days", this: "This month", last: "Last month", quarter: "90 days" }, platform: "Platform", any: "all",
    range: "{from} to {to}, compared with the {n} days before", group: { overview: "Overview", trend: "Trend", spread: "Spread", quality: "On time and returns", hot: "Frequent and hot" },
    titles: { summary: "All figures", days: "Tickets by day", hours: "By hour of the day", calls: "Calls by day", classes: "By class", counties: "By county", platforms: "By platform", "on-time": "On time", returns: "Returns and reasons", disputes: "Disputed (joint meeting)", frequent: "Frequent requests", places: "Hot places", call_platforms: "Calls by platform" },
    csv: "CSV", xlsx: "XLSX", download: "Download {name} {kind}", none: "Nothing in this period", chart: "Chart: {title}; the table beside it has the values", rows: "{n} rows", report: "Print the monthly report",
    cards: { tickets: "Tickets", transfer_rate: "Transferred", answer_average: "Time to answer (s)", answer_rate: "Answered", abandon_rate: "Abandoned", on_time_rate: "On time", return_rate: "Returned", disputed: "Disputed" },
    before: "before: {n}", up: "{n} more than before", down: "{n} less than before", points: "{n} points", same: "as before", new: "none before", wrong_dates: "The end must not be before the beginning", show: "Draw", unknown: "(none)",
  } },
});

export const w = (word, fill) => t(`fg/${word}`, fill);

const WORDS = {  // the table's columns in English; Chinese comes with the data
  tickets: "Tickets", urgent: "Urgent", danger: "Danger", phone: "By phone", transferred: "Transferred", failed: "Not transferred", left: "Left while ringing", transfer_rate: "Transfer success",
  answer_average: "Time to answer (s)", answer_15_rate: "Answered in 15 s", accepted: "Accepted", fed_back: "Fed back", closed: "Closed", close_rate: "Closed rate", withdrawn: "Withdrawn", returned: "Tickets returned",
  returns: "Returns", return_rate: "Return rate", reopened: "Reopened", negotiated: "Negotiated", disputed: "Disputed", dispute_rate: "Dispute rate", offered: "Calls", answered: "Answered", abandoned: "Abandoned",
  overflowed: "Not answered", answer_rate: "Answer rate", abandon_rate: "Abandon rate", wait_average: "Average wait (s)", met: "In time", missed: "Late", overdue: "Overdue", on_time_rate: "On-time rate",
  day: "Day", hour: "Hour", category: "Class", name: "Name", county: "County", from_platform: "From", to_platform: "To", platform: "Platform", kind: "Deadline", reason: "Reason", request: "Request", place: "Place",
  now: "Now", before: "Before", change: "Change", figure: "Figure", unit: "Unit", ticket: "Ticket", incident: "Incident", opened_at: "Taken", holder: "Handled by", state: "State", said: "Said", partner: "Due from", due: "Due", late: "Late by", urged: "Urged",
};

/** A column's name. */
export const column = ({ key, name }) => (language.value === "en" ? WORDS[key] || name : name);

/** A value as people read it. unit: count, share (0..1), seconds, text. */
export function written(value, unit) {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value !== "number") return String(value);
  if (unit === "share") return `${(value * 100).toFixed(1)}%`;
  return unit === "seconds" ? value.toFixed(1) : value.toLocaleString("zh-CN");
}

/** How a figure has changed: counts by a share of what was before, shares in points. */
export function shift({ now, before, change, unit }) {
  if (unit !== "share") return changed(change);
  if (now === null || now === undefined || before === null || before === undefined) return "—";
  return w("points", { n: `${now > before ? "+" : ""}${((now - before) * 100).toFixed(1)}` });
}

/** A change as a share of what was before: +12.5%. */
export const changed = (value) => (value === null || value === undefined ? "—" : `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)}%`);
