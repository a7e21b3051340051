// What was typed and has not reached the server yet, kept in this browser: a lost connection, a closed window, the back
// button or a dead battery costs nothing. Kept by person and form, dropped when it is saved, and dropped completely when
// the person signs out. The server still decides what is valid and who was first.

const PREFIX = "sightline:draft:";
const DAYS_KEPT = 7;
const SAVED = ["saved", "query", "red", "empty", "invalid"]; // The server keeps what was typed in an "invalid" line too.
const announce = (words) => document.dispatchEvent(new CustomEvent("sl:announce", { detail: words }));
const isOld = (draft) => draft.at <= Date.now() - DAYS_KEPT * 24 * 3600 * 1000;

// A browser may refuse to keep anything (a private window, a full disk): then saving works as it did without.
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(key, drafts) {
  try {
    if (Object.keys(drafts).length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(drafts));
  } catch {
    // Nothing to do: what was typed is still on the page.
  }
}

const allKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

// --- The lines of a return, which save themselves.

const returnForm = document.querySelector("form[data-return]");
const returnKey = returnForm && `${PREFIX}${returnForm.dataset.return}`;
const fieldsOf = (line) => [...line.querySelectorAll("input, select, textarea")].filter((field) => field.name);

// The fields as they are typed, with the number of saves they were based on, so that nobody's later save is overwritten.
function keepLine(line) {
  const fields = Object.fromEntries(fieldsOf(line).map((field) => [field.name, field.value]));
  write(returnKey, { ...read(returnKey), [line.id]: { fields, at: Date.now() } });
}

function dropLine(line) {
  const { [line.id]: _, ...others } = read(returnKey);
  write(returnKey, others);
}

function putLinesBack() {
  let count = 0;
  for (const [id, draft] of Object.entries(read(returnKey))) {
    const line = document.getElementById(id);
    if (!line && !isOld(draft)) continue; // The page shows only what is left: keep the draft until its line is shown.
    if (isOld(draft) || !fieldsOf(line).some((field) => isTyped(field) && differs(field, draft.fields))) {
      dropLine({ id });
      continue;
    }
    for (const field of fieldsOf(line)) field.value = draft.fields[field.name] ?? field.value;
    line.querySelector("[data-line-more]").open = true;
    line.dispatchEvent(new Event("change", { bubbles: true })); // Sent as if it had just been typed.
    count += 1;
  }
  if (count > 0) tellOfLines(count);
}

const isTyped = (field) => !("version" in field.dataset);
const differs = (field, fields) => field.name in fields && fields[field.name] !== field.value;

function tellOfLines(count) {
  const many = count === 1 ? "1 line that you typed here" : `${count} lines that you typed here`;
  const words = `${many} had not been saved when this page was last open. What you typed is back and is being saved now.`;
  document.getElementById("return-told").textContent = words;
  announce(words);
}

if (returnForm) {
  for (const name of ["input", "change"]) {
    returnForm.addEventListener(name, (event) => {
      const line = event.target.closest("[data-line]");
      if (line && event.target !== line) keepLine(line);
    });
  }
  returnForm.addEventListener("sl:answered", (event) => {
    if (SAVED.includes(event.detail.state) && event.detail.isAll) dropLine(event.target);
    else if (SAVED.includes(event.detail.state)) keepLine(event.target); // More was typed while the line was being saved.
  });
  document.addEventListener("DOMContentLoaded", putLinesBack); // htmx, which sends them, listens only from then on.
}

// --- Every other form that is sent as a whole. The token says whose it is, and the server says which one was saved.

const tokenOf = (form) => form.elements.namedItem("form_token");
const isChoice = (field) => ["checkbox", "radio"].includes(field.type);
const isHidden = (field) => field.type === "hidden";

function keyOf(form) {
  const { pathname } = new URL(form.getAttribute("action") || tokenOf(form).dataset.page, location.href);
  return `${PREFIX}${tokenOf(form).dataset.person}:${pathname}`;
}

// Each field with its place among those of its name: rows of a table may share a name.
function numbered(form) {
  const seen = new Map();
  const fields = [...form.elements].filter((field) => field.name && field.matches("input, select, textarea"));
  return fields
    .filter((field) => !["file", "password", "submit"].includes(field.type))
    .filter((field) => !["form_token", "csrfmiddlewaretoken"].includes(field.name))
    .map((field) => {
      const name = isChoice(field) ? `${field.name}=${field.value}` : field.name;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return [`${name}#${seen.get(name)}`, field];
    });
}

const valueOf = (field) => (isChoice(field) ? field.checked : field.value);

function valueAtFirst(field) {
  if (isChoice(field)) return field.defaultChecked;
  if (field.tagName !== "SELECT") return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
}

// What was changed, and the hidden fields, which say what it was based on.
function keepForm(form) {
  const fields = numbered(form).filter(([, field]) => !isHidden(field) && valueOf(field) !== valueAtFirst(field));
  if (fields.length === 0) return write(keyOf(form), {});
  const hidden = numbered(form).filter(([, field]) => isHidden(field));
  const values = Object.fromEntries([...fields, ...hidden].map(([name, field]) => [name, valueOf(field)]));
  write(keyOf(form), { number: tokenOf(form).dataset.number, fields: values, at: Date.now() });
}

function putFormBack(form) {
  const draft = read(keyOf(form));
  if (!draft.fields) return;
  const fields = numbered(form).filter(([name, field]) => name in draft.fields && valueOf(field) !== draft.fields[name]);
  if (isOld(draft) || fields.every(([, field]) => isHidden(field))) return write(keyOf(form), {});
  for (const [name, field] of fields) {
    if (isChoice(field)) field.checked = draft.fields[name];
    else field.value = draft.fields[name];
  }
  tellOfForm(form);
}

function tellOfForm(form) {
  const words = "What you typed here earlier was not saved. It is back: check it and save.";
  const told = document.createElement("div");
  told.className = "govuk-inset-text";
  const sentence = document.createElement("p");
  sentence.className = "govuk-body";
  sentence.textContent = words;
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "govuk-button govuk-button--secondary govuk-!-margin-bottom-0";
  discard.textContent = "Remove what I typed";
  discard.addEventListener("click", () => {
    form.reset();
    write(keyOf(form), {});
    told.remove();
    announce("Removed");
  });
  told.append(sentence, discard);
  form.prepend(told);
  announce(words);
}

// A short-lived cookie names each form that was saved.
function dropSaved() {
  for (const [, number] of document.cookie.matchAll(/(?:^|; )saved_([0-9a-f]+)=/g)) {
    for (const key of allKeys()) if (read(key).number === number) localStorage.removeItem(key);
    document.cookie = `saved_${number}=; max-age=0; path=/`;
  }
}

const forms = [...document.forms].filter((form) => form !== returnForm && tokenOf(form));
try {
  dropSaved();
  for (const form of forms) {
    putFormBack(form);
    for (const name of ["input", "change"]) form.addEventListener(name, () => keepForm(form));
  }
} catch {
  // The browser keeps nothing.
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-sign-out]")) for (const key of allKeys()) localStorage.removeItem(key);
});
