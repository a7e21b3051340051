// The keys of a return, like a spreadsheet's (templates/returns/_return_ways.html lists them). Tab is never touched, and
// without this file every field is reached by Tab. saving.js treats what a key changes as typing.

const form = document.querySelector("form[data-return]");
const lines = () => [...form.querySelectorAll("[data-line]")];
// The first button below the lines; buttons inside a line choose between two texts, and Enter must not go there.
const endButton = () => form.querySelector(":scope > .sl-actions button");
const nameIn = (field) => field.name.split("-").at(-1); // "AB1-value" is the field "value" of line AB1
// The cells of a line: its figure or its parts, not the comment and the reason.
const cellsOf = (line) => [...line.querySelectorAll(".sl-line__fields :is(input, select)")];
const announce = (words) => document.dispatchEvent(new CustomEvent("sl:announce", { detail: words }));
const before = new WeakMap(); // field -> its value when it got the focus
let pasted = []; // what the last paste filled: [field, its value before]

// Go to the cell of that name in a neighbouring line, or else to its first cell. After the last line, go to the button.
function go(line, steps, name) {
  const all = lines();
  if (!all[all.indexOf(line) + steps] && steps > 0) return endButton()?.focus();
  const cells = cellsOf(all[all.indexOf(line) + steps] ?? line);
  const cell = cells.find((each) => nameIn(each) === name) ?? cells[0];
  if (!cell || !line.isConnected) return;
  cell.focus();
  cell.select?.();
}

// Enter stays in the line while its second part is empty: "12", Enter, "240", Enter.
function enter(field, line) {
  const [first, second] = cellsOf(line);
  const hasParts = nameIn(first) === "numerator";
  if (hasParts && field === first && first.value.trim() && !second.value.trim()) second.focus();
  else go(line, 1, "");
}

function confirm(line) {
  const button = line.querySelector("[data-confirm]");
  const all = lines();
  const next = all[all.indexOf(line) + 1];
  if (button) button.click();
  else announce("There is no suggested figure for this line");
  if (button && next) go(line, 1, "");
}

const unexplained = (line) =>
  [...line.querySelectorAll("[data-line-red] textarea")].find((field) => !field.value.trim());

// A line whose explanation is typed and being saved counts as done, whatever the last answer said.
const isLeft = (line) =>
  !["saved", "saving"].includes(line.dataset.state) && (line.dataset.state !== "red" || unexplained(line));

const isMarked = (line) => line.querySelector("[data-mark] [name='unmark']");

// F8 from anywhere, and Enter from the page, go to the next line that is not done: to its comment, or to the first empty
// part of its explanation, if it needs one. When every other line is done, they go to the next marked line, and after
// that to the check button.
function goToLeft(event) {
  const isEnter = event.key === "Enter" && event.target === document.body;
  if (event.key !== "F8" && !isEnter) return;
  event.preventDefault();
  const all = lines();
  const here = all.indexOf(event.target.closest("[data-line]"));
  const others = [...all.slice(here + 1), ...all.slice(0, Math.max(here, 0))];
  const left = others.find(isLeft) ?? others.find(isMarked);
  if (!left) return endButton()?.focus();
  if (left.dataset.state === "query") {
    left.querySelector("[data-line-more]").open = true;
    left.querySelector("textarea[name$='-comment']").focus();
  } else if (left.dataset.state === "red") unexplained(left).focus();
  else cellsOf(left)[0].focus();
}

function undo(field) {
  if (pasted.length > 0) {
    putAll(pasted);
    say(`Undone: ${pasted.length} cells are as they were before.`);
    pasted = [];
    return true;
  }
  if (!before.has(field) || before.get(field) === field.value) return false;
  putAll([[field, before.get(field)]]);
  field.select?.();
  return true;
}

function pressed(event) {
  const field = event.target;
  const line = field.closest?.("[data-line]");
  if (!line || event.altKey || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return confirm(line);
  }
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "F9") {
    event.preventDefault();
    return line.querySelector("[data-mark] button").click();
  }
  const isText = field.tagName === "INPUT";
  if (!cellsOf(line).includes(field)) {
    // In a comment and in the list of reasons keys work as usual; in a date, Enter would send the whole form.
    if (event.key !== "Enter" || !isText) return;
    event.preventDefault();
    return go(line, 1, "");
  }
  if (event.key === "Escape" && undo(field)) return event.preventDefault();
  const moves = {
    Enter: () => (event.shiftKey ? go(line, -1, "") : enter(field, line)),
    ArrowDown: () => isText && go(line, 1, nameIn(field)),
    ArrowUp: () => isText && go(line, -1, nameIn(field)),
  };
  const isArrowInList = !isText && event.key !== "Enter"; // Arrows choose from a list.
  if (!moves[event.key] || isArrowInList || (event.shiftKey && event.key !== "Enter")) return;
  event.preventDefault();
  moves[event.key]();
}

// Paste a block from a spreadsheet: rows fill the lines below, and a second column fills the second part of each line. The
// browser pastes a single cell as usual.
function paste(event) {
  const start = event.target;
  const first = start.closest?.("[data-line]");
  if (!first || !cellsOf(first).includes(start)) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
  const rows = text.split(/\r?\n/).map((row) => row.split("\t"));
  if (rows.length === 1 && rows[0].length === 1) return;
  event.preventDefault();
  const column = cellsOf(first).indexOf(start);
  const below = lines().slice(lines().indexOf(first));
  const targets = rows.flatMap((row, down) =>
    row.map((cell, across) => [cellAt(below[down], column, across), cell.trim()]),
  );
  const fits = targets.filter(([field]) => field);
  pasted = fits.map(([field]) => [field, field.value]);
  putAll(fits.map(([field, cell]) => [field, chosen(field, cell)]));
  const left = targets.filter(([field, cell]) => !field && cell).length;
  const outside = left ? ` ${left} did not fit and were left out.` : "";
  say(`Pasted ${fits.length} cells.${outside} Press Esc to undo.`);
}

// Find the cell that a pasted cell goes to. A line with one cell takes the first column, wherever the paste started.
function cellAt(line, column, across) {
  const cells = line ? cellsOf(line) : [];
  return cells.length === 1 && across === 0 ? cells[0] : cells[column + across];
}

// Both parts of a line are sent together.
function putAll(cells) {
  const changed = new Map();
  for (const [field, text] of cells) {
    if (field.value === text) continue;
    field.value = text;
    changed.set(field.closest("[data-line]"), field);
  }
  for (const field of changed.values()) field.dispatchEvent(new Event("change", { bubbles: true }));
}

// In a list of answers, "Yes" chooses yes; text that is not in the list changes nothing.
function chosen(field, text) {
  if (field.tagName !== "SELECT") return text;
  const known = [...field.options].map((option) => option.value);
  return known.includes(text.toLowerCase()) ? text.toLowerCase() : field.value;
}

function say(words) {
  document.getElementById("return-pasted").textContent = words;
  announce(words);
}

if (form) {
  form.addEventListener("focusin", (event) => {
    if ("value" in event.target) before.set(event.target, event.target.value);
  });
  form.addEventListener("input", () => {
    pasted = []; // After more typing, Esc no longer undoes the paste.
  });
  form.addEventListener("keydown", pressed);
  form.addEventListener("paste", paste);
  document.addEventListener("keydown", goToLeft);
}
