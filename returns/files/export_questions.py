"""Questions about what an export leaves open, for the person who sent it. The answers are about one file only."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

MOST_QUESTIONS = 20  # With one reason. More rows are asked about in one question.
MOST_NAMED = 8  # Rows that a sentence names one by one.
COUNT, LEAVE_OUT = "count", "leave-out"
ONE, SEVERAL = "one", "several"
SHEET, HIDDEN = "sheet", "hidden"


@dataclass(frozen=True, kw_only=True)
class ExportQuestion:
    """A question with its possible answers. Its name is the same whenever the same file is sent."""

    name: str
    words: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...]  # Value and label.
    suggested: str = ""
    is_text: bool = False  # About a text that an export has in place of a kind of sanction.


class ExportUnclear(Exception):
    """The export cannot be counted before somebody has answered ``questions``."""

    def __init__(self, questions: Iterable[ExportQuestion]) -> None:
        self.questions = tuple(questions)
        super().__init__(f"{len(self.questions)} questions are open")


def answer_to(question: ExportQuestion, answers: Mapping[str, str]) -> str:
    """Return the answer to a question, or "" without an answer that is possible."""
    given = answers.get(question.name, "")
    return given if given in dict(question.choices) else ""


def as_json(questions: Sequence[ExportQuestion]) -> str:
    """Return questions as a page carries them, to show them again if the file is missing."""
    return json.dumps([asdict(question) for question in questions])


def from_json(text: str) -> list[ExportQuestion]:
    """Return the questions that a page carried, or none if it was changed on the way."""
    try:
        return [
            ExportQuestion(
                **{name: str(found[name]) for name in ("name", "words", "hint", "suggested")},
                choices=tuple((str(value), str(label)) for value, label in found["choices"]),
                is_text=found["is_text"] is True,
            )
            for found in json.loads(text)
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def sheet_question(sheets: Sequence[str]) -> ExportQuestion:
    """Ask which of several sheets to read."""
    return ExportQuestion(
        name=SHEET,
        words="Which sheet has the export?",
        hint="The workbook has more than one. Sightline reads only the sheet that you choose.",
        choices=tuple((sheet, sheet) for sheet in sheets),
    )


def hidden_question(rows: Sequence[int]) -> ExportQuestion:
    """Ask whether to count the rows that are hidden in the file."""
    return ExportQuestion(
        name=HIDDEN,
        words=f"{rows_in_words(rows)} {'is' if len(rows) == 1 else 'are'} hidden in the file. Should they be counted?",
        hint="A filter hides rows without deleting them.",
        choices=((COUNT, "Count the hidden rows"), (LEAVE_OUT, "Leave the hidden rows out")),
    )


def rows_in_words(numbers: Iterable[int]) -> str:
    """Name rows by their numbers.

    >>> rows_in_words([4]), rows_in_words([2, 3, 4, 9]), rows_in_words(range(2, 40, 2))
    ('Row 4', 'Rows 2 to 4 and 9', 'Rows 2, 4, 6, 8, 10, 12, 14, 16 and 11 more')
    """
    rows = list(dict.fromkeys(numbers))
    runs: list[list[int]] = []
    for number in rows:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = []  # How many rows a part names, and the part. Two neighbours are named one by one.
    for run in runs:
        parts += [(len(run), f"{run[0]} to {run[-1]}")] if len(run) > 2 else [(1, str(number)) for number in run]
    shown = parts[:MOST_NAMED]
    words = [text for _, text in shown]
    if more := len(rows) - sum(count for count, _ in shown):
        words.append(f"{more:,} more")
    listed = f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
    return f"{'Row' if len(rows) == 1 else 'Rows'} {listed}"
