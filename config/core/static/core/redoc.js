"use strict";

const about = JSON.parse(document.getElementById("about").textContent);
const choice = document.getElementById("dialect");
choice.addEventListener("change", () => window.location.assign(choice.value));
const fontFamily = "Helvetica, Arial, sans-serif";
Redoc.init(
  about.url,
  {
    scrollYOffset: ".choice",
    hideDownloadButton: false,
    theme: { typography: { fontFamily, headings: { fontFamily } } },
  },
  document.getElementById("redoc"),
);
