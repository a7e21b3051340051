// What was typed into a return and has not reached the server yet, kept in this browser: a lost connection, a closed
// window or a dead battery costs nothing. Kept by return and person, dropped line by line as it is saved, and dropped
// completely when the person signs out. The server still decides what is valid and who was first.

const PREFIX = "sightline:draft:";
const DAYS_KEPT = 7;
const SAVED = ["saved", "query", "red", "empty", "invalid"]; // The server keeps what was typed in an "invalid" line too.
const form = document.querySelector("form[data-return]");
const key = form && `${PREFIX}${form.dataset.return}`;

// A browser may refuse to keep anything (a private window, a full disk): then saving works as it did without.
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? {};
  } catch {
    return {};
  }
}

function write(drafts) {
  try {
    if (Object.keys(drafts).length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(drafts));
  } catch {
    // Nothing to do: what was typed is still on the page, and saving.js says what is not saved.
  }
}

const fieldsOf = (line) => [...line.querySelectorAll("input, select, textarea")].filter((field) => field.name);

// The fields as they are typed, with the number of saves they were based on, so that nobody's later save is overwritten.
function keep(line) {
  const fields = Object.fromEntries(fieldsOf(line).map((field) => [field.name, field.value]));
  write({ ...read(key), [line.id]: { fields, at: Date.now() } });
}

function drop(line) {
  const { [line.id]: _, ...others } = read(key);
  write(others);
}

function putBack() {
  const drafts = read(key);
  const since = Date.now() - DAYS_KEPT * 24 * 3600 * 1000;
  let count = 0;
  for (const [id, { fields, at }] of Object.entries(drafts)) {
    const line = document.getElementById(id);
    const isOld = at <= since;
    if (!line && !isOld) continue; // The page shows only what is left: keep the draft until its line is shown.
    if (isOld || !fieldsOf(line).some((field) => isTyped(field) && differs(field, fields))) {
      drop({ id });
      continue;
    }
    for (const field of fieldsOf(line)) field.value = fields[field.name] ?? field.value;
    line.querySelector("[data-line-more]").open = true;
    line.dispatchEvent(new Event("change", { bubbles: true })); // Sent as if it had just been typed.
    count += 1;
  }
  if (count > 0) tell(count);
}

const isTyped = (field) => !("version" in field.dataset);
const differs = (field, fields) => field.name in fields && fields[field.name] !== field.value;

function tell(count) {
  const many = count === 1 ? "1 line that you typed here" : `${count} lines that you typed here`;
  const words = `${many} had not been saved when this page was last open. What you typed is back and is being saved now.`;
  document.getElementById("return-told").textContent = words;
  document.dispatchEvent(new CustomEvent("sl:announce", { detail: words }));
}

if (form) {
  for (const name of ["input", "change"]) {
    form.addEventListener(name, (event) => {
      const line = event.target.closest("[data-line]");
      if (line && event.target !== line) keep(line);
    });
  }
  form.addEventListener("sl:answered", (event) => {
    if (SAVED.includes(event.detail.state) && event.detail.isAll) drop(event.target);
    else if (SAVED.includes(event.detail.state)) keep(event.target); // More was typed while the line was being saved.
  });
  document.addEventListener("DOMContentLoaded", putBack); // htmx, which sends what is put back, listens only from then on.
}

// A whole form that is submitted needs nothing here: the next page shows what it saved, and the draft is dropped.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
});
