// The list of calls: one row each, drawn anew only when its own call changes.

import { html, useComputed } from "../../vendor/preact.js";
import { beat, span } from "../../shared/clock.js";
import { callOf, changed, peekAll } from "../../shared/store.js";
import { speaker, t, tone } from "../../shared/words.js";
import { alarms } from "./alerts.js";
import { ORDERED, SHOWN, last, listed, people, standing, supervisors, transfer } from "./order.js";
import { caller, names, who } from "./people.js";

const w = (word, fill) => t(`wall/${word}`, fill);

/** wish: a signal {find, only, order, over}. chosen: the id of the call that is followed; open(id). */
export function Calls({ wish, chosen, open }) {
  const ids = useComputed(() => {
    changed.value; alarms.value;
    const { rows, more } = listed(peekAll(), wish.value, names());
    return { rows: rows.map((one) => one.call.id), more, all: peekAll().filter((one) => !one.call.outcome).length };
  });
  const { rows, more, all } = ids.value;
  return html`<section class="card wl-calls" aria-label=${w("calls")}>
    <${Bar} wish=${wish} all=${all} />
    <div class="wl-scroll">
    ${rows.length ? html`<table class="table wl-list"><thead><tr>${["state", "age", "caller", "parties", "last", "flags"].map((col) => html`<th scope="col" class=${`c-${col}`}>${w(`col/${col}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((id) => html`<${Call} key=${id} id=${id} chosen=${id === chosen} open=${open} />`)}</tbody></table>`
    : html`<div class="state"><h3>${w(all ? "none_match" : "none")}</h3>${!all && html`<p>${w("none_help")}</p>`}</div>`}
    ${more > 0 && html`<p class="muted">${w("more", { n: more })}</p>`}
    </div>
  </section>`;
}

function Bar({ wish, all }) {
  const set = (name) => (event) => { wish.value = { ...wish.value, [name]: event.target.type === "checkbox" ? event.target.checked : event.target.value }; };
  const pick = (name, word, group, values) => html`<label>${w(word)} <select value=${wish.value[name]} onChange=${set(name)}>
    ${values.map((value) => html`<option value=${value} selected=${wish.value[name] === value}>${w(`${group}/${value}`)}</option>`)}</select></label>`;
  return html`<div class="wl-bar"><h2>${w("calls")} <b>${all}</b></h2>
    <input class="input" type="search" placeholder=${w("find")} aria-label=${w("find")} value=${wish.value.find} maxlength="64" onInput=${set("find")} />
    ${pick("only", "only", "show", SHOWN)}${pick("order", "order", "by", ORDERED)}
    <label class="wl-check"><input type="checkbox" checked=${wish.value.over} onChange=${set("over")} /> ${w("over")}</label></div>`;
}

function Call({ id, chosen, open }) {
  const one = callOf(id).value;
  if (!one?.call) return null;
  const { call } = one, alerts = standing(one), said = last(one);
  const label = `${w("follow")} ${caller(call)}`;
  return html`<tr class=${`wl-call ${call.outcome ? "over" : ""} ${alerts.length && !call.outcome ? "alarm" : ""}`} data-call=${id} aria-selected=${chosen ? "true" : "false"} onClick=${() => open(id)}>
    <td class="c-state"><${State} call=${call} /></td>
    <td class="c-age"><${Age} call=${call} /></td>
    <td class="c-caller"><button type="button" class="wl-open" aria-label=${label} aria-pressed=${chosen} onClick=${(event) => { event.stopPropagation(); open(id); }}>${caller(call)}</button>
      <small>${call.queue || call.route || call.number}</small></td>
    <td class="c-parties"><${Who} call=${call} said=${said} /></td>
    <td class="c-last">${alerts.length > 0 && html`<span class="flag">⚠ ${alerts.map((alert) => alert.name || alert.danger).join("、")}</span> `}
      ${said ? html`<span class=${`wl-said who-${tone(said.speaker)} ${said.final ? "" : "live"}`}><b>${speaker(said.speaker)}</b> ${said.readable || said.text}</span>` : html`<span class="muted">${w("nobody")}</span>`}</td>
    <td class="c-flags"><${Flags} call=${call} pending=${one.recogniser === "pending"} /></td>
  </tr>`;
}

export function State({ call }) {
  const moving = transfer(call);
  const kind = call.outcome ? "calm" : ["setup", "queued", "recalling", "alone"].includes(call.phase) ? "busy" : "good";
  return html`<span class=${`flag ${kind}`}>${w(`phase/${call.phase}`)}</span>
    ${moving && html` <small>${w(`transfer/${moving.state}`, { who: moving.number })}</small>`}`;
}

/** Its own component: the second's beat draws nothing else. */
export function Age({ call }) {
  if (call.outcome) return html`<span>—</span>`;
  return html`<span>${span((beat.value - Date.parse(call.started_at)) / 1000)}</span>`;
}

function Who({ call, said }) {
  const named = names();
  const speaking = said && !said.final ? said.leg : "";
  return people(call).filter((party) => party.up || party.role !== "caller").map((party) => html`<span key=${party.leg}
    class=${`wl-who who-${tone(party.speaker)} ${party.up ? "" : "rings"} ${party.leg === speaking ? "speaking" : ""}`}
    title=${party.leg === speaking ? w("speaking") : null}>${who(party, named)}</span>`);
}

export function Flags({ call, pending }) {
  const listening = supervisors(call);
  return html`${call.silent && html`<span class="flag busy">${w("flag/silent")}</span> `}${call.quiet && html`<span class="flag busy">${w("flag/quiet")}</span> `}
    ${call.caution && html`<span class="flag" title=${call.caution.why}>${w(`caution/${call.caution.measure}`)}</span> `}
    ${call.private && html`<span class="flag calm">${w("flag/private")}</span> `}${pending && !call.outcome && html`<span class="flag busy">${w("flag/pending")}</span> `}
    ${call.recording !== "off" && !call.outcome && html`<span class="flag calm">${w(`flag/${call.recording === "paused" ? "paused" : "recording"}`)}</span> `}
    ${listening.map((party) => html`<span key=${party.leg} class="flag calm">${w(`modes/${party.mode}`)}</span> `)}`;
}
