"use strict";

// The documents are chosen from in the bar on top. No document is taken from the address: it could be anybody's.
const about = JSON.parse(document.getElementById("about").textContent);
window.ui = SwaggerUIBundle({
  dom_id: "#swagger-ui",
  urls: about.documents.map(({ name, url }) => ({ name, url })),
  "urls.primaryName": about.chosen,
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
});
