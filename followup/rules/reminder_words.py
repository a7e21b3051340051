"""When a reminder comes, in words, and what the sentences of every duty share."""

from datetime import date

from followup.rules.reminders import Since

COUNTED = {
    Since.DUE: "the due date",
    Since.RETURNED: "it came back",
    Since.WAITING: "it was submitted",
    Since.PROPOSED: "the last was proposed",
}


def step_in_words(since: Since, step: int) -> str:
    """Say when a step comes.

    >>> step_in_words(Since.DUE, -3), step_in_words(Since.DUE, 0), step_in_words(Since.WAITING, 1)
    ('3 days before the due date', 'on the due date', '1 day after it was submitted')
    """
    if step == 0:
        return "on the due date" if since is Since.DUE else f"on the day {COUNTED[since]}"
    return f"{counted(abs(step), 'day')} {'before' if step < 0 else 'after'} {COUNTED[since]}"


def day_and_month(day: date) -> str:
    """Write a day as a sentence has it.

    >>> day_and_month(date(2026, 11, 3))
    '3 November'
    """
    return f"{day:%-d %B}"


def counted(number: int, word: str) -> str:
    """Write a number with what it counts.

    >>> counted(1, "line"), counted(2, "line")
    ('1 line', '2 lines')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"
