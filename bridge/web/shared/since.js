// "For how long": counts on by itself once a second; nothing around it is drawn for it.

import { beat, span } from "./clock.js";

/** at: the server's time in ms. */
export const Since = ({ at }) => span((beat.value - at) / 1000);
