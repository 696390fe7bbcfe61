// Makes preact.js, uplot.js, uplot.css and wavesurfer.js in this folder, and SHA256SUMS over them.
//
//   copy this folder somewhere, there: npm install && node build.mjs, and copy the results back
//
// Run once, when a library is to be brought up to date (package.json names the versions); the results are checked in, and a test
// holds them against SHA256SUMS. Nothing of this is needed to run the bridge.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const PREACT = `
export { h, render, Component, Fragment, createContext, createRef } from "preact";
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext, useReducer, useId } from "preact/hooks";
export { signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect } from "@preact/signals";
import { h } from "preact";
import htm from "htm";
export const html = htm.bind(h);
`;
const UPLOT = `export { default } from "uplot/dist/uPlot.esm.js";`;
const WAVESURFER = `
export { default, default as WaveSurfer } from "wavesurfer.js/dist/wavesurfer.js";
export { default as Regions } from "wavesurfer.js/dist/plugins/regions.js";
export { default as Timeline } from "wavesurfer.js/dist/plugins/timeline.js";
`;

/** wavesurfer writes its <style> as markup, which our policy (style-src 'self') refuses: the same rules go in as a constructed sheet. */
const strictStyles = {
  name: "strict-styles",
  setup(one) {
    one.onLoad({ filter: /wavesurfer\.js[\\/]dist[\\/]renderer\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const parts = text.split("shadow.innerHTML = ");
      if (parts.length !== 2) throw new Error("wavesurfer's renderer is not what this script knows");
      return { contents: parts.join("styledApart(shadow).innerHTML = ") + STYLED_APART, loader: "js" };
    });
  },
};
const STYLED_APART = `
function styledApart(shadow) {
  return {
    set innerHTML(html) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(/<style[^>]*>([^]*?)<\\/style>/.exec(html)[1]);
      shadow.adoptedStyleSheets = [sheet];
      shadow.innerHTML = html.replace(/<style[^>]*>[^]*?<\\/style>/, "");
    },
  };
}
`;

async function bundle(name, contents, banner, plugins = []) {
  await build({
    stdin: { contents, resolveDir: process.cwd() }, outfile: name, bundle: true, minify: true, format: "esm", target: "es2020",
    legalComments: "none", banner: { js: banner }, plugins,
  });
}

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;

await bundle("preact.js", PREACT, `/*! preact ${version("preact")}, @preact/signals ${version("@preact/signals")} (MIT); htm ${version("htm")} (Apache-2.0). See licences/. */`);
await bundle("uplot.js", UPLOT, `/*! uPlot ${version("uplot")} (MIT). See licences/. */`);
await bundle("wavesurfer.js", WAVESURFER, `/*! wavesurfer.js ${version("wavesurfer.js")} (BSD-3-Clause). See licences/. */`, [strictStyles]);
copyFileSync("node_modules/uplot/dist/uPlot.min.css", "uplot.css");

mkdirSync("licences", { recursive: true });
for (const name of ["preact", "@preact/signals", "htm", "uplot", "wavesurfer.js"]) {
  copyFileSync(`node_modules/${name}/LICENSE`, `licences/${name.replace("@", "").replace("/", "-").replace(".js", "")}.txt`);
}

const sum = (name) => createHash("sha256").update(readFileSync(name)).digest("hex");
writeFileSync("SHA256SUMS", ["preact.js", "uplot.css", "uplot.js", "wavesurfer.js"].map((name) => `${sum(name)}  ${name}\n`).join(""));
