// The queues' card: who waits and for how long, what the agents are doing, how today went, who is to be called back.

import { h } from "./dom.js";
import { t } from "./words.js";

/** What the card shows, as a plain value; null when there is nothing to show. */
export const queuesShown = (state) => (state.queues.queues.length || state.callbacks
  ? [state.queues, state.callbacks, state.link, state.you?.may] : null);

export function queuesCard(state, actions) {
  const { queues, agents, at } = state.queues;
  return [
    h("h3", {}, t("queues"), state.callbacks ? h("em", { class: "flag" }, `${t("callbacks")} ${state.callbacks}`) : null),
    ...queues.map((queue) => line(queue, at)),
    agents.length ? h("ul", { class: "agents" }, agents.map((agent) => one(agent, state, actions))) : null,
  ];
}

function line(queue, at) {
  const first = queue.callers.reduce((most, caller) => Math.max(most, caller.waited), 0);
  return h("div", { class: `queue ${queue.waiting ? "waits" : ""}` },
    h("p", { class: "queue-name" }, h("b", {}, queue.name), h("span", {}, `${t("waiting_now")} ${queue.waiting}`),
      queue.waiting ? h("time", { "data-since": String(at - first * 1000) }) : null),
    h("p", { class: "muted" }, `${t("today")} ${t("answer_rate")} ${percent(queue.today.answer_rate)} · ${t("abandon_rate")} ${percent(queue.today.abandon_rate)}`));
}

function one(agent, state, actions) {
  const may = (state.you?.may || []).some((scope) => scope === "transfer" || scope === "admin");
  const wish = agent.paused ? "ready" : agent.state === "after-call" ? "ready" : "paused";
  return h("li", { class: `agent ${agent.state}` },
    h("span", {}, agent.name || agent.number), h("small", {}, t(`agent_state/${agent.state}`)),
    h("button", {
      class: "small", type: "button", "data-focus": `agent-${agent.number}`, disabled: !may || state.link !== "live",
      "aria-label": `${agent.name || agent.number} ${t(`agent_wish/${wish}`)}`, onclick: () => actions.setAgent(agent.number, wish),
    }, t(`agent_wish/${wish}`)));
}

const percent = (rate) => (rate === null ? "—" : `${Math.round(rate * 100)}%`);
