"""Say in words when a reminder comes, and provide what the sentences about every duty share."""

from followup.rules.reminders import CountedFrom

COUNTED_FROM_WORDS = {
    CountedFrom.DUE: "the due date",
    CountedFrom.RETURNED: "it came back",
    CountedFrom.WAITING: "it was submitted",
    CountedFrom.PROPOSED: "the last was proposed",
}


def step_in_words(since: CountedFrom, step: int) -> str:
    """Say when a step comes, to follow a verb.

    >>> step_in_words(CountedFrom.DUE, -3), step_in_words(CountedFrom.DUE, 0), step_in_words(CountedFrom.WAITING, 1)
    ('3 days before the due date', 'on the due date', '1 day after it was submitted')
    """
    if step == 0:
        return "on the due date" if since is CountedFrom.DUE else f"on the day {COUNTED_FROM_WORDS[since]}"
    return f"{counted(abs(step), 'day')} {'before' if step < 0 else 'after'} {COUNTED_FROM_WORDS[since]}"


def counted(number: int, word: str) -> str:
    """Write a number and the thing it counts.

    >>> counted(1, "line"), counted(2, "line")
    ('1 line', '2 lines')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"
