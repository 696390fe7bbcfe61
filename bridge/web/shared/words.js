// Words in Chinese and English. Each page registers its own; every word is found by its path, "state/ringing".

import { signal } from "../vendor/preact.js";

/** "zh" or "en"; whoever reads it while drawing is drawn anew when it changes. */
export const language = signal("zh");

const BOOKS = { zh: {}, en: {} };
const STORE = "bridge-language";

/** Add words: {zh: {…}, en: {…}}; groups of the same name are joined. */
export function register(words) {
  for (const name of Object.keys(BOOKS)) join(BOOKS[name], words[name] || {});
}

function join(book, more) {
  for (const [key, word] of Object.entries(more)) {
    if (word && typeof word === "object") join(Object.hasOwn(book, key) ? book[key] : (book[key] = {}), word);
    else book[key] = word;
  }
}

function find(book, keys) {
  let word = book;
  for (const key of keys) word = word && typeof word === "object" && Object.hasOwn(word, key) ? word[key] : undefined;
  return typeof word === "string" ? word : undefined;
}

/** The word at a path, with {names} filled in. English falls back on Chinese; an unknown last part stands for itself. */
export function t(path, fill = {}) {
  const keys = path.split("/");
  const word = find(BOOKS[language.value], keys) ?? find(BOOKS.zh, keys) ?? keys.at(-1);
  return word.replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole);
}

/** Whether there is a word at this path. */
export const has = (path) => find(BOOKS.zh, path.split("/")) !== undefined;

export function speak(wanted) {
  language.value = wanted === "en" ? "en" : "zh";
  document.documentElement.lang = language.value === "en" ? "en" : "zh-CN";
  try { localStorage.setItem(STORE, language.value); } catch { /* private mode */ }
}

export function remembered() {
  try { speak(localStorage.getItem(STORE) || "zh"); } catch { speak("zh"); }
}

/** What people call a speaker: 诉求人, 12345 话务员, 110 接警台. */
export function speaker(id) {
  if (id === "caller" || id === "supervisor") return t(`speaker/${id}`);
  const seat = { "12345": "agent", "110": "desk" }[id] || "seat";
  return `${id} ${t(`speaker/${seat}`)}`;
}

/** One sign for a speaker's badge. */
export const badge = (id) => ({ caller: "诉", "12345": "热", "110": "警", "119": "消", "120": "急", "122": "交", supervisor: "班" })[id] || id.slice(0, 1);

/** A class for a speaker's colour. */
export const tone = (id) => ({ caller: "caller", "12345": "hotline", "110": "police" })[id] || "other";
