// What a part shows while it has nothing to show: loading, empty, refused.

import { html, useEffect, useState } from "../vendor/preact.js";
import { told } from "./http.js";
import { t } from "./words.js";

export const Loading = () => html`<p class="state" role="status">${t("loading")}</p>`;

/** Nothing there, and what that means. */
export const Empty = ({ title, children }) => html`<div class="state"><h3>${title}</h3>${children && html`<p>${children}</p>`}</div>`;

/** It could not be had; again(): try once more. */
export const Failed = ({ problem, again }) => html`<div class="state bad" role="alert"><p>${told(problem)}</p>
  ${again && html`<button type="button" class="button" onClick=${again}>${t("again")}</button>`}</div>`;

/** The answer of a request made when the part appears and whenever one of `when` changes: {data, problem, busy, again}. */
export function useAnswer(ask, when = []) {
  const [state, set] = useState({ data: null, problem: null, busy: true });
  const [turn, next] = useState(0);
  useEffect(() => {
    let here = true;
    set((old) => ({ ...old, busy: true }));
    Promise.resolve().then(ask).then(
      (data) => { if (here) set({ data, problem: null, busy: false }); },
      (problem) => { if (here) set((old) => ({ ...old, problem, busy: false })); },
    );
    return () => { here = false; };
  }, [...when, turn]);
  return { ...state, again: () => next(turn + 1) };
}
