"""A reminder in words: the same in the letter, in the record of what was sent and in what will be sent next."""

from datetime import date

from kpis.rules.reminders import Duty, Kind, Since

COUNTED = {
    Since.DUE: "the due date",
    Since.RETURNED: "it came back",
    Since.WAITING: "it was submitted",
    Since.PROPOSED: "they were proposed",
}


def step_in_words(since: Since, step: int) -> str:
    """Say when a step comes.

    >>> step_in_words(Since.DUE, -3), step_in_words(Since.DUE, 0), step_in_words(Since.WAITING, 1)
    ('3 days before the due date', 'on the due date', '1 day after it was submitted')
    """
    if step == 0:
        return "on the due date" if since is Since.DUE else f"on the day {COUNTED[since]}"
    return f"{_count(abs(step), 'day')} {'before' if step < 0 else 'after'} {COUNTED[since]}"


def sentence(duty: Duty, *, on: date, school: str, term: str) -> str:
    """Say what waits, as it is on a day.

    >>> duty = Duty(kind=Kind.FILL_IN, since=Since.DUE, anchor=date(2025, 12, 12), school=1, term=1,
    ...             candidates=(1,), lines=9, total=24)
    >>> sentence(duty, on=date(2025, 12, 9), school="Invented School", term="Autumn term 2025–26")
    'Invented School, Autumn term 2025–26: the return is due in 3 days, on 12 December. 9 of 24 lines are unanswered.'
    """
    return f"{school}, {term}: {SAYS[duty.kind](duty, on)}"


def _fill_in(duty: Duty, on: date) -> str:
    left = f"{duty.lines} of {_count(duty.total, 'line')} {'is' if duty.lines == 1 else 'are'} unanswered."
    if not duty.total:
        left = "It has not been opened yet."
    elif not duty.lines:
        left = "Every line is answered: check it and submit it."
    return f"the return {_due(duty, on)}. {left}"


def _sign_off(duty: Duty, on: date) -> str:
    theirs = f"{_count(duty.lines, 'line')} {'is' if duty.lines == 1 else 'are'} assigned to you and not signed off."
    if duty.since is Since.DUE:
        return f"{theirs} The return {_due(duty, on)}."
    return f"{theirs} The return came back to the school on {_day(duty.anchor)}."


def _correct(duty: Duty, on: date) -> str:
    return (
        f"{_count(duty.lines, 'line')} {'has' if duty.lines == 1 else 'have'} been with the school again since "
        f"{_day(duty.anchor)}. Change or explain, and submit the return again."
    )


def _moderate(duty: Duty, on: date) -> str:
    waits = "waits" if duty.lines == 1 else "wait"
    return f"{_count(duty.lines, 'line')} {waits} for your decision, submitted on {_day(duty.anchor)}."


def _approve(duty: Duty, on: date) -> str:
    wait = f"{_count(duty.lines, 'target')} {'waits' if duty.lines == 1 else 'wait'}"
    return f"{wait} for the Board’s approval, the last of them proposed on {_day(duty.anchor)}."


SAYS = {
    Kind.FILL_IN: _fill_in,
    Kind.SIGN_OFF: _sign_off,
    Kind.CORRECT: _correct,
    Kind.MODERATE: _moderate,
    Kind.APPROVE: _approve,
}


def _due(duty: Duty, on: date) -> str:
    days = (duty.anchor - on).days
    if days == 0:
        return "is due today"
    if days < 0:
        return f"was due on {_day(duty.anchor)}, {_count(-days, 'day')} ago"
    return f"is due in {_count(days, 'day')}, on {_day(duty.anchor)}"


def _day(day: date) -> str:
    return f"{day:%-d %B}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
