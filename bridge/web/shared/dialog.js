// Dialogs over the page: the browser's own <dialog>, so that focus stays inside, Escape closes and focus comes back.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { t } from "./words.js";

/** Shown as long as it is drawn. close(): it was closed by Escape, the cross or a click beside it. */
export function Dialog({ title, close, children, wide }) {
  const dialog = useRef(null);
  useEffect(() => {
    const back = document.activeElement;
    dialog.current.showModal();
    dialog.current.querySelector("[data-first]")?.focus();
    return () => back?.focus?.();
  }, []);
  return html`<dialog class=${`dialog ${wide ? "wide" : ""}`} ref=${dialog} aria-label=${title}
    onCancel=${(event) => { event.preventDefault(); close(); }} onClick=${(event) => { if (event.target === dialog.current) close(); }}>
    <header class="dialog-head"><h2>${title}</h2>
      <button type="button" class="quiet" aria-label=${t("close")} onClick=${close}>×</button></header>
    ${children}
  </dialog>`;
}
