"""A reminder in words, for the letter, for the record of what was sent and for what will be sent next."""

from collections.abc import Mapping, Sequence
from datetime import date

from kpis.rules.reminders import Duty, Kind, Since
from kpis.rules.wording import join

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
    return f"{_count(abs(step), 'day')} {'before' if step < 0 else 'after'} {COUNTED[since]}"


def sentence(duty: Duty, *, to: int | None, on: date, school: str, term: str) -> str:
    """Tell a person what waits in a return, as it is on a day.

    >>> duty = Duty(kind=Kind.FILL_IN, since=Since.DUE, anchor=date(2025, 12, 12), school=1, term=1,
    ...             candidates=(1,), lines=9, total=24)
    >>> sentence(duty, to=1, on=date(2025, 12, 9), school="Invented School", term="Autumn term 2025–26")
    'Invented School, Autumn term 2025–26: the return is due in 3 days, on 12 December. 9 of 24 lines are unanswered.'
    """
    said = _sign_off(duty, on, to) if duty.kind is Kind.SIGN_OFF else SAYS[duty.kind](duty, on)
    return f"{school}, {term}: {said}"


def targets_sentence(duties: Sequence[Duty], *, schools: Mapping[int, str]) -> str:
    """Tell a member of the Board which schools' targets wait. ``schools`` has their names.

    >>> at_one = Duty(kind=Kind.APPROVE, since=Since.PROPOSED, anchor=date(2025, 11, 3), school=1, term=1,
    ...               candidates=(1,), lines=1)
    >>> targets_sentence([at_one], schools={1: "Invented School"})
    'Invented School: 1 target waits for the Board’s approval, proposed on 3 November.'
    """
    count, last = sum(each.lines for each in duties), _day(max(each.anchor for each in duties))
    names = sorted((schools[each.school], each.lines) for each in duties)
    where = join([f"{name} ({lines})" for name, lines in names]) if len(names) > 1 else names[0][0]
    if count == 1:
        return f"{where}: 1 target waits for the Board’s approval, proposed on {last}."
    return f"{where}: {count} targets wait for the Board’s approval, the last of them proposed on {last}."


def _fill_in(duty: Duty, on: date) -> str:
    left = f"{duty.lines} of {_count(duty.total, 'line')} {'is' if duty.lines == 1 else 'are'} unanswered."
    if not duty.total:
        left = "It has not been opened yet."
    elif not duty.lines:
        left = "Every line is answered: check it and submit it."
    return f"the return {_due(duty, on)}. {left}"


def _sign_off(duty: Duty, on: date, to: int | None) -> str:
    whose = "you" if to in duty.assigned_to else "a contributor"
    theirs = (
        f"{_count(duty.lines, 'line')} {'is' if duty.lines == 1 else 'are'} assigned to {whose} and not signed off."
    )
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


SAYS = {
    Kind.FILL_IN: _fill_in,
    Kind.CORRECT: _correct,
    Kind.MODERATE: _moderate,
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
