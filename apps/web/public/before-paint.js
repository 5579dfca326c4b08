/* Sets theme and language on <html> before the first paint. A file of its own, because the content policy allows no inline script. */
(function () {
  var root = document.documentElement;
  var read = function (name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // Storage may be forbidden; the system's choice is then right.
    }
  };
  var chosen = read("switchyard.theme");
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  var language = read("switchyard.language");
  if (language !== "en" && language !== "zh-CN") language = /^zh\b/i.test(navigator.language) ? "zh-CN" : "en";
  root.lang = language;
})();
