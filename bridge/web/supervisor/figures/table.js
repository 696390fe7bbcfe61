// A sheet of figures as a table, and as a file.

import { html } from "../../vendor/preact.js";
import { moment } from "../../shared/clock.js";
import { fetched } from "../../shared/http.js";
import { trying } from "../../shared/toasts.js";
import { changed, column, shift, w, written } from "./words.js";

const MARK = "after";

/** columns: keys to show, all without. names: platform -> what it is called. */
export function Sheet({ sheet, columns, names = {}, caption }) {
  const shown = sheet.columns.filter(({ key }) => key !== MARK && (!columns || columns.includes(key)));
  return html`<div class="fg-table" tabindex="0" role="region" aria-label=${caption}><table class="table"><caption class="unseen">${caption}</caption>
    <thead><tr>${shown.map((one) => html`<th scope="col" key=${one.key} class=${one.unit === "text" ? "" : "n"}>${column(one)}</th>`)}</tr></thead>
    <tbody>${sheet.rows.map((row, n) => html`<tr key=${n}>${shown.map((one) => html`<td key=${one.key} class=${one.unit === "text" ? "" : "n"}>${cell(row, one, names)}</td>`)}</tr>`)}</tbody></table></div>`;
}

const TIMES = new Set(["opened_at", "due"]);
const PLATFORMS = new Set(["platform", "from_platform", "to_platform", "partner", "holder"]);

export function cell(row, { key, unit }, names) {
  const value = row[key];
  if (TIMES.has(key) && value) return moment(value);
  if (key === "change") return row.unit ? shift(row) : changed(value);
  if (PLATFORMS.has(key) && names[value]) return `${names[value]}（${value}）`;
  return written(value, row.unit && (key === "now" || key === "before") ? row.unit : unit);
}

/** Ask for a file with our credential, and hand it to the browser. */
export async function save(path, name) {
  await trying(async () => {
    const response = await fetched("GET", path);
    const address = URL.createObjectURL(await response.blob());
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });
}

export function Downloads({ path, name, file }) {
  return html`<span class="fg-files">${["csv", "xlsx"].map((kind) => html`<button key=${kind} type="button" class="button small" aria-label=${w("download", { name, kind: w(kind) })}
    onClick=${() => save(`${path}&format=${kind}`, `${file}.${kind}`)}>${w(kind)}</button>`)}</span>`;
}
