// How one's own calls were judged, where the house lets agents see it (quality.agents_see); nothing otherwise.

import { html } from "../vendor/preact.js";
import { moment } from "../shared/clock.js";
import { get } from "../shared/http.js";
import { useAnswer } from "../shared/states.js";
import { style } from "../shared/tabs.js";
import { register, t } from "../shared/words.js";
import { Version } from "../supervisor/review/score.js";
import "../supervisor/review/words.js";

register({ zh: { own_scores: "我的通话评分" }, en: { own_scores: "How my calls were scored" } });
style("/web/supervisor/review/review.css");

export function OwnScores() {
  const { data } = useAnswer(() => get("/api/v1/scores/mine?limit=20"));
  if (!data?.scores?.length) return null;
  return html`<section class="card" id="own-scores" aria-label=${t("own_scores")}><h3>${t("own_scores")}</h3>
    <ol>${data.scores.map((one) => html`<li key=${one.call}><span class="muted">${moment(one.started_at)}</span><ol><${Version} score=${one} /></ol></li>`)}</ol></section>`;
}
