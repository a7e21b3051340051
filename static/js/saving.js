// Lines that save automatically (templates/components/line.html): show that a line is being saved, keep what was typed if
// the save does not get through, tell the person, and send it again. The server decides what is valid; this file never
// judges a value.

const RETRY_SECONDS = [3, 6, 12, 25, 60];
const banner = document.getElementById("sl-connection");
const unsent = new Map(); // line element -> the field whose save did not get through
const sent = new WeakMap(); // line element -> what the server last answered for, so that leaving a field sends nothing
let attempts = 0;
let timer;

const pressed = new WeakMap(); // a button that settles a conflict -> its line, for the answer takes the button away
// A mark is saved separately from what is typed in its line.
const lineOf = (element) => element?.closest?.("[data-mark], [data-line]") ?? pressed.get(element);
// Paragraphs have no full stop where a page shows none. Read aloud, they would run into each other.
const sentencesOf = (said) =>
  [...said.querySelectorAll("p")]
    .map((paragraph) => paragraph.textContent.trim().replace(/\s+/g, " "))
    .filter(Boolean)
    .map((words) => (/[.!?:]$/.test(words) ? words : `${words}.`))
    .join(" ");
const announce = (words) => document.dispatchEvent(new CustomEvent("sl:announce", { detail: words }));
const labelOf = (line) => line.querySelector(".sl-line__label")?.textContent.trim() ?? "";
const fieldsOf = (line) => [...line.querySelectorAll("input:not([type=hidden]), select, textarea")];
const nameIn = (field) => field.name.split("-").at(-1); // "AB1-value" is the field "value" of line AB1

// What a browser would send of this line alone.
function entries(line) {
  const fields = [...line.querySelectorAll("input, select, textarea")].filter((field) => field.name && !field.disabled);
  return fields.filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked);
}

const typed = (line) =>
  JSON.stringify(entries(line).flatMap((field) => ("version" in field.dataset ? [] : [[field.name, field.value]])));

for (const line of document.querySelectorAll("[data-line]")) sent.set(line, typed(line));

// The answer names the fields that are wrong; while a save is under way they stay as they were.
function setState(line, state, wrong) {
  line.dataset.state = state;
  if (wrong === undefined) return;
  for (const field of fieldsOf(line)) {
    if (wrong.includes(nameIn(field))) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

const SIGNED_OUT = "You are signed out.";
const SOMEBODY_ELSE = "You are signed out, or someone else has signed in.";

// It opens in a new tab, so that this page keeps what was typed. Coming back to it sends again.
function signInLink() {
  const link = document.createElement("a");
  link.className = "govuk-link";
  link.href = document.getElementById("sl-saving").dataset.signIn;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Sign in in a new tab";
  return link;
}

function showBanner(reason) {
  if (unsent.size === 0) {
    banner.textContent = "";
    return;
  }
  const many = unsent.size === 1 ? "1 line is" : `${unsent.size} lines are`;
  const container = document.createElement("div");
  container.className = "govuk-width-container";
  container.textContent = `${reason} ${many} not saved yet. Keep this page open: Sightline will try again to save what you typed.`;
  if ([SIGNED_OUT, SOMEBODY_ELSE].includes(reason)) container.append(" ", signInLink());
  banner.replaceChildren(container);
}

function failed(line, field, reason) {
  unsent.set(line, field);
  setState(line, "failed");
  showBanner(reason);
  clearTimeout(timer);
  timer = setTimeout(sendAgain, 1000 * RETRY_SECONDS[Math.min(attempts, RETRY_SECONDS.length - 1)]);
  attempts += 1;
}

function sendAgain() {
  for (const [line, field] of unsent) {
    if (!line.isConnected) unsent.delete(line);
    else if (field.isConnected && field.matches("[data-confirm], [data-mark] *")) field.click(); // It is not typed.
    else line.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function settled(line) {
  unsent.delete(line);
  if (unsent.size > 0) return showBanner("The connection was lost.");
  if (attempts > 0) announce("The connection is back. Everything you typed is saved.");
  attempts = 0;
  clearTimeout(timer);
  showBanner("");
}

// The CSRF token comes from the cookie, because it changes when somebody signs in again in another tab. The form's own
// token says who typed, so that nothing is saved for another person.
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

document.addEventListener("submit", (event) => {
  const field = event.target.elements.namedItem("csrfmiddlewaretoken");
  if (field && csrfToken()) field.value = csrfToken();
});

// htmx adds every field of the form around an element; a line sends only its own.
document.addEventListener("htmx:configRequest", (event) => {
  if (csrfToken()) event.detail.headers["X-CSRFToken"] = csrfToken();
  const typedBy = event.detail.elt.closest("form")?.elements.namedItem("form_token");
  if (typedBy) event.detail.headers["X-Form-Token"] = typedBy.value;
  const line = lineOf(event.detail.elt);
  if (!line) return;
  const values = new FormData();
  for (const field of entries(line)) values.append(field.name, field.value);
  if (event.detail.elt !== line) values.append(event.detail.elt.name, event.detail.elt.value); // A pressed button.
  event.detail.parameters = values;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const line = lineOf(event.detail.elt);
  if (!line) return;
  const isChoice = event.detail.elt !== line; // Nothing was typed since.
  if (isChoice) pressed.set(event.detail.elt, line);
  if (!isChoice && !unsent.has(line) && sent.get(line) === typed(line)) {
    event.preventDefault();
    return;
  }
  line.dataset.sending = typed(line);
  setState(line, "saving");
});

// After the session ends, the server sends the sign-in page. A whole document is never a line's answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  const line = lineOf(event.detail.requestConfig?.elt);
  if (!line || event.detail.xhr.status >= 400 || !/<(!doctype|html)\b/i.test(event.detail.xhr.responseText)) return;
  event.detail.shouldSwap = false;
  failed(line, event.detail.requestConfig.elt, SIGNED_OUT);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const field = event.detail.requestConfig?.elt;
  const before = lineOf(field);
  if (!before) return;
  const line = document.getElementById(before.id); // The same line, or the stored line that replaced it.
  if ("mark" in line.dataset) {
    announce(`${labelOf(line.closest("[data-line]"))}: ${line.querySelector("[data-mark-said]").textContent.trim()}`);
    return settled(before);
  }
  const answer = line.querySelector("[data-line-state]");
  sent.set(line, line === before ? line.dataset.sending : typed(line));
  setState(line, answer.dataset.lineState, answer.dataset.wrong.split(" "));
  const explanation = line.querySelector("[data-line-red]");
  if (!explanation.contains(document.activeElement)) explanation.hidden = !("red" in answer.dataset);
  if (answer.dataset.lineState === "query") line.querySelector("[data-line-more]").open = true;
  if (field !== before && document.activeElement === document.body) fieldsOf(line)[0].focus(); // The button is gone.
  announce(`${labelOf(line)}: ${sentencesOf(answer.querySelector(".sl-cell"))}`);
  settled(before);
  const isAll = sent.get(line) === typed(line); // Nothing was typed while the save was under way.
  line.dispatchEvent(new CustomEvent("sl:answered", { bubbles: true, detail: { state: line.dataset.state, isAll } }));
});

// A save can change what is said about the lines that are compared with it. Show it only if the other line is not being
// changed and has the same version: two saves can be answered in a different order.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const line = target.closest("[data-line]");
  if (!line) return; // The return's progress.
  const { lineState, ofVersion } = fragment.firstElementChild.dataset;
  const isAtRest = ["saved", "query", "red"].includes(line.dataset.state) && sent.get(line) === typed(line);
  event.detail.shouldSwap = isAtRest && line.querySelector("input[name$='-version']").value === ofVersion;
  if (event.detail.shouldSwap) setState(line, lineState, []);
});

// together.js replaced the line: it now has what the server stored.
document.addEventListener("sl:brought", (event) => sent.set(event.target, typed(event.target)));

const REASONS = {
  "htmx:sendError": "The connection was lost.",
  "htmx:timeout": "The connection is slow or lost.",
  "htmx:responseError": "Sightline could not save.",
};
for (const [name, reason] of Object.entries(REASONS)) {
  document.addEventListener(name, (event) => {
    const field = event.detail.requestConfig?.elt ?? event.detail.elt;
    const line = lineOf(field);
    if (line) failed(line, field, event.detail.xhr?.status === 403 ? SOMEBODY_ELSE : reason);
  });
}

window.addEventListener("online", sendAgain);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) sendAgain();
});

// Leaving the page would lose what is not saved, so the browser asks first. Submitting the form sends everything.
let submitting = false;
document.addEventListener("submit", () => {
  submitting = true;
});
window.addEventListener("beforeunload", (event) => {
  if (submitting) return;
  const open = [...document.querySelectorAll("[data-line][data-state='saving']")];
  if (unsent.size > 0 || open.length > 0) event.preventDefault();
});
