// Which stretch of a readable sentence was said when. Knows no element.

const MARKS = /^[\p{P}\p{S}\s]*$/u;
/** Characters a number may take more when it is written in digits and groups. */
const SLACK = 6;

/** The readable text in pieces {text, start, end}: each said in that time (seconds of the call). words: [text, start, end, …]. What is
 *  written otherwise than it was said (一百零五 as 105) is one piece with the time of all its words; without words all is one piece. */
export function pieces(readable, words, start, end) {
  if (!words?.length) return readable ? [{ text: readable, start, end }] : [];
  const made = [];
  let at = 0, pending = [];
  for (const word of words) {
    const found = readable.indexOf(word[0], at);
    const gap = found < 0 ? null : readable.slice(at, found);
    const room = pending.length ? pending.reduce((sum, one) => sum + one[0].length, 0) + SLACK : 0;
    if (gap === null || !(pending.length ? gap.length <= room : MARKS.test(gap))) { pending.push(word); continue; }
    put(made, gap, pending, start);
    made.push({ text: word[0], start: word[1], end: word[2] });
    at = found + word[0].length;
    pending = [];
  }
  put(made, readable.slice(at), pending, start);
  return made;
}

function put(made, text, pending, start) {
  if (pending.length && text) made.push({ text, start: pending[0][1], end: pending.at(-1)[2] });
  else if (text && made.length) made.at(-1).text += text;
  else if (text) made.push({ text, start, end: start });
}

/** The last piece that begins at or before a second, -1 before the first. starts: rising numbers. */
export function indexAt(starts, second) {
  let low = 0, high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= second + 0.01) low = middle + 1; else high = middle;
  }
  return low - 1;
}
