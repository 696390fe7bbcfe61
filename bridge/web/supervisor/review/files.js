// Files from the bridge onto the viewer's disk, and sound an <audio> can play: by cookie as it is, by token through memory.

import { fetched, token } from "../../shared/http.js";

/** Save an answer under a name. Throws a problem. */
export async function download(path, name) {
  const response = await fetched("GET", path);
  const url = URL.createObjectURL(await response.blob());
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** An address an <audio> can be given; done() when it is no longer played. An element sends cookies but no tokens. */
export async function soundAt(path) {
  if (!token()) return { url: path, done() {} };
  const url = URL.createObjectURL(await (await fetched("GET", path)).blob());
  return { url, done: () => URL.revokeObjectURL(url) };
}
