// The monthly report's words. The report itself is written in Chinese, for the joint meeting 联席会议; its controls speak both.

import { register, t } from "../../shared/words.js";

const zh = {
  month: "月份", platform: "平台", any: "全部", print: "打印 / 存为 PDF", xlsx: "下载 XLSX",
  title: "12345 与 110 对接联动工作月报", subtitle: "{year} 年 {month} 月 · 供联席会议使用", part: "本月还没有过完，数据截至制表时",
  made: "制表时间 {at}", span: "统计时段 {from} 至 {to}", only: "范围：经过 {name} 的工单", whole: "范围：全部平台",
  s1: "一、总体情况", s2: "二、走势", s3: "三、来电接听", s4: "四、平台、类别、区县", s5: "五、按时办理与退回", s6: "六、争议清单", s7: "七、超时未办清单", s8: "八、高频诉求", s9: "九、热点区域", s10: "附表：每日",
  figure: "指标", now: "本月", before: "上月", change: "变化", by_day: "每天受理的工单（张）", by_hour: "一天里各时段受理的工单（张）", no_rows: "本月没有。", more: "清单最多列 {n} 行，其余见统计页的下载。",
  say_tickets: "本月受理工单 {now} 张，上月 {before} 张{change}。", say_change: "，{more} {n}", more_word: "增加", less_word: "减少", say_transfer: "电话转接成功率 {now}（上月 {before}），平均 {seconds} 秒接通。", say_answer: "来电接通率 {now}（上月 {before}），早释率 {early}（上月 {early_before}）。", say_time: "时限按时率 {now}（上月 {before}），现有超时未办 {late} 项。", say_dispute: "退回 {returns} 次，争议 {disputes} 件，提请联席会议研究。",
  overdue_note: "制表时仍超时的，不论哪个月受理。", made_by: "制表：", checked_by: "审核：", platforms: "按平台", classes: "按事项类别", counties: "按区县", on_time: "时限", returns: "退回原因",
};
register({
  zh: { rp: zh },
  en: { rp: { ...zh, month: "Month", platform: "Platform", any: "all", print: "Print / save as PDF", xlsx: "Download XLSX" } },
});

export const w = (word, fill) => t(`rp/${word}`, fill);
