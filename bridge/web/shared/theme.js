// Light or dark before the first paint: what was chosen here, else what the machine asks for. A plain script, loaded in <head>.
(function () {
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  function chosen() { try { return localStorage.getItem("bridge-theme") || "auto"; } catch { return "auto"; } }
  function paint() {
    const theme = chosen();
    document.documentElement.dataset.theme = theme === "auto" ? (wanted.matches ? "dark" : "light") : theme;
  }
  wanted.addEventListener("change", paint);
  window.bridgeTheme = {
    chosen,
    choose(theme) { try { localStorage.setItem("bridge-theme", theme); } catch { /* private mode */ } paint(); },
  };
  paint();
})();
