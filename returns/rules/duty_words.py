"""Describe the tasks in a return, for reminder emails and the page of the next reminders."""

from datetime import date

from followup.rules.reminder_words import counted
from followup.rules.reminders import CountedFrom, Duty, DutyKind
from tables.dates import day_and_month


def duty_sentence(duty: Duty, *, to: int | None, on: date, school: str, term: str) -> str:
    """Tell a person about a task in a return, as it is on a date.

    >>> duty = Duty(kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=date(2025, 12, 12), school=1, term=1,
    ...             candidates=(1,), lines=9, total=24)
    >>> duty_sentence(duty, to=1, on=date(2025, 12, 9), school="Invented School", term="Autumn term 2025–26")
    'Invented School, Autumn term 2025–26: the return is due in 3 days, on 12 December. 9 of 24 lines are unanswered.'
    """
    sentence = _sign_off(duty, on, to) if duty.kind is DutyKind.SIGN_OFF else SENTENCES[duty.kind](duty, on)
    return f"{school}, {term}: {sentence}"


def _fill_in(duty: Duty, on: date) -> str:
    left = f"{duty.lines} of {counted(duty.total, 'line')} {'is' if duty.lines == 1 else 'are'} unanswered."
    if not duty.total:
        left = "It has not been opened yet."
    elif not duty.lines:
        left = "Every line is answered: check it and submit it."
    return f"the return {_due(duty, on)}. {left}"


def _sign_off(duty: Duty, on: date, to: int | None) -> str:
    whose = "you" if to in duty.assigned_to else "a contributor"
    theirs = (
        f"{counted(duty.lines, 'line')} {'is' if duty.lines == 1 else 'are'} assigned to {whose} and not signed off."
    )
    if duty.since is CountedFrom.DUE:
        return f"{theirs} The return {_due(duty, on)}."
    return f"{theirs} The return went back to the school on {day_and_month(duty.anchor)}."


def _correct(duty: Duty, on: date) -> str:
    return (
        f"{counted(duty.lines, 'line')} went back to the school on {day_and_month(duty.anchor)}. "
        f"Change or explain {'it' if duty.lines == 1 else 'them'}, then submit the return again."
    )


def _moderate(duty: Duty, on: date) -> str:
    waits = "is waiting" if duty.lines == 1 else "are waiting"
    return f"{counted(duty.lines, 'line')} {waits} for your decision, submitted on {day_and_month(duty.anchor)}."


SENTENCES = {
    DutyKind.FILL_IN: _fill_in,
    DutyKind.CORRECT: _correct,
    DutyKind.MODERATE: _moderate,
}


def _due(duty: Duty, on: date) -> str:
    days = (duty.anchor - on).days
    if days == 0:
        return "is due today"
    if days < 0:
        return f"was due on {day_and_month(duty.anchor)}, {counted(-days, 'day')} ago"
    return f"is due in {counted(days, 'day')}, on {day_and_month(duty.anchor)}"
