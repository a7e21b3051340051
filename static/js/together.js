// Two people on one return see each other's saved lines. Every few seconds the page asks what others have saved since. It
// updates the lines that nobody is typing in here, and only adds a note to a line that someone is typing in. Saving that
// line then shows both texts, and the person chooses (templates/components/line_state.html).

const SECONDS = 5;
const form = document.querySelector("form[data-changes]");
const announce = (words) => document.dispatchEvent(new CustomEvent("sl:announce", { detail: words }));
let since = form?.dataset.since;
let timer;

const versionOf = (line) => Number(line.querySelector("input[name$='-version']").value);
const isBusy = (line) => line.contains(document.activeElement) || !["saved", "query", "red", "empty"].includes(line.dataset.state);

function bring(line, change) {
  const made = document.createRange().createContextualFragment(change.html).querySelector("[data-line]");
  line.replaceWith(made);
  window.htmx.process(made);
  made.dispatchEvent(new CustomEvent("sl:brought", { bubbles: true }));
  announce(`${change.by} saved ${change.title}: ${change.answer}`);
}

// A mark is separate from what is typed, so it is shown at once, even while someone types in the line.
function showMark(line, change) {
  const shown = line.querySelector("[data-mark]");
  const made = document.createRange().createContextualFragment(change.html).querySelector("[data-mark]");
  if (shown.dataset.mark >= made.dataset.mark || ["saving", "failed"].includes(shown.dataset.state)) return;
  const hasFocus = shown.contains(document.activeElement);
  shown.replaceWith(made);
  window.htmx.process(made);
  if (hasFocus) made.querySelector("button").focus();
  announce(`${change.title}: ${made.querySelector("[data-mark-said]").textContent.trim()}`);
}

// Tell the person once for each of the other's saves, below the fields. What is typed here does not change.
function mention(line, words) {
  const note = line.querySelector(".sl-line__elsewhere") ?? document.createElement("p");
  if (note.textContent === words) return;
  note.className = "sl-line__elsewhere";
  note.textContent = words;
  line.querySelector(".sl-line__fields").after(note);
  announce(words);
}

function settled(line) {
  delete line.dataset.contested;
  line.querySelector(".sl-line__elsewhere")?.remove();
}

async function ask() {
  if (document.hidden) return;
  const answer = await fetch(`${form.dataset.changes}?since=${encodeURIComponent(since)}`, {
    headers: { Accept: "application/json" },
    redirect: "error", // Signed out: saving.js says so when something is saved.
  });
  if (!answer.ok) return;
  const said = await answer.json();
  since = said.since;
  for (const change of said.lines) {
    const line = document.getElementById(`line-${change.code}`);
    if (!form.contains(line)) continue;
    showMark(line, change);
    if (versionOf(line) >= change.version) continue;
    const words = `${change.by} saved ${change.answer} here at ${change.at}.`;
    if (isBusy(line)) mention(line, `${words} What you type is kept. When you save it, you choose which version to keep.`);
    else bring(line, change);
  }
  const contested = new Map(said.contested.map((each) => [`line-${each.code}`, each]));
  for (const line of form.querySelectorAll("[data-contested]")) if (!contested.has(line.id)) settled(line);
  for (const [id, { by, typed }] of contested) {
    const line = document.getElementById(id);
    // Somebody else fills in a line outside the form; a line in conflict already asks this person to choose.
    if (!form.contains(line) || line.dataset.state === "conflict") continue;
    line.dataset.contested = "";
    mention(line, `${by} typed ${typed} here and is choosing whether to keep that or the saved answer.`);
  }
  if (said.lines.length > 0) {
    const progress = document.createRange().createContextualFragment(said.progress).firstElementChild;
    document.getElementById(progress.id)?.replaceWith(progress);
  }
}

function again() {
  clearTimeout(timer); // Coming back to the page may have started a second request.
  timer = setTimeout(() => ask().catch(() => {}).finally(again), 1000 * SECONDS); // Offline: ask again later.
}

if (form) {
  again();
  form.addEventListener("sl:answered", (event) => settled(event.target)); // The next answer shows again what still applies.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    clearTimeout(timer);
    ask().catch(() => {}).finally(again);
  });
}
