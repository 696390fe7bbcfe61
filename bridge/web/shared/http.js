// Requests to the bridge: the answer's body, or a thrown problem {status, title, detail, advice}. A request that may or may not have
// arrived is sent again with the same key, so that it can't act twice.

import { t } from "./words.js";

const ATTEMPTS = 3;
const STORE = "bridge-token";

export function token() {
  try { return sessionStorage.getItem(STORE) || ""; } catch { return ""; }
}

export function setToken(value) {
  try { value ? sessionStorage.setItem(STORE, value) : sessionStorage.removeItem(STORE); } catch { /* private mode */ }
}

/** A fresh random key. Not crypto.randomUUID: that needs a secure context, and a LAN address has none. */
export function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let signedOut = () => {};

/** What is to happen when the bridge no longer knows us (401). */
export function whenSignedOut(then) { signedOut = then; }

export const get = (path) => send("GET", path);
/** once: an Idempotency-Key goes along. more: further headers. */
export const post = (path, body, { once = true, more = {} } = {}) => send("POST", path, body, { ...(once ? { "Idempotency-Key": freshKey() } : {}), ...more });
export const put = (path, body, more = {}) => send("PUT", path, body, more);
export const del = (path, more = {}) => send("DELETE", path, undefined, more);

/** The raw response, for files and headers; throws a problem as the others do. */
export async function fetched(method, path, body, more = {}, attempt = 1) {
  const headers = { ...more };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (body !== undefined) headers["Content-Type"] ??= "application/json";
  const made = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: made, cache: "no-store" });
  } catch {
    const again = method !== "POST" || headers["Idempotency-Key"];
    if (again && attempt < ATTEMPTS) return fetched(method, path, body, more, attempt + 1);
    throw { status: 0, title: t("http/unreachable"), detail: "", advice: "" };
  }
  if (!response.ok) throw await problem(response, path);
  return response;
}

async function send(method, path, body, more) {
  const response = await fetched(method, path, body, more);
  if (response.status === 204) return null;
  return response.json().catch(() => null);
}

async function problem(response, path) {
  const told = await response.json().catch(() => null);
  if (response.status === 401 && !path.startsWith("/api/v1/session")) signedOut();
  return { title: t("http/refused", { status: response.status }), detail: "", advice: "", ...told, status: response.status };
}

/** A problem as one line for people. */
export const told = (wrong) => (wrong && typeof wrong === "object"
  ? [...new Set([wrong.title, wrong.detail, wrong.advice])].filter(Boolean).join("：") : String(wrong || t("http/unreachable")));
