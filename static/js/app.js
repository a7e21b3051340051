// The page's small behaviours: GOV.UK components, menus that close, announcements.
// Every page works without this file; nothing here is needed to read or to send.

const here = document.getElementById("sl-app");

document.body.classList.add("js-enabled", "govuk-frontend-supported");
import(here.dataset.govuk).then(({ initAll }) => {
  initAll();
  // Set up the parts that htmx adds later too.
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) initAll({ scope: event.detail.elt });
  });
});

// Menus are <details>: close them on Escape, and when the reader goes elsewhere.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const closeOthers = (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
};
document.addEventListener("click", closeOthers);
document.addEventListener("focusin", closeOthers);

// Any script can have words read out: document.dispatchEvent(new CustomEvent("sl:announce", { detail: "…" })).
// A pause lets several saves in a row become one announcement, and lets the same words be said twice.
const announcer = document.getElementById("sl-announcer");
let waiting;
document.addEventListener("sl:announce", (event) => {
  clearTimeout(waiting);
  announcer.textContent = "";
  waiting = setTimeout(() => {
    announcer.textContent = event.detail;
  }, 400);
});

// A whole document instead of a part of a page means that the session is over. Reloading leads to the sign-in page.
// Lines of a return keep what was typed instead (saving.js).
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status >= 400 || !/^\s*<!doctype/i.test(xhr.responseText) || requestConfig.elt.closest("[data-line]")) return;
  event.detail.shouldSwap = false;
  location.reload();
});
