"""Which indicators a return asks: the catalogue's, as the trust changed them by a day, less what a school is spared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kpis.catalogue import Indicator


@dataclass(frozen=True, kw_only=True)
class DatedChoice:
    """One dated decision to ask an indicator or not, of all schools or of one."""

    code: str
    is_asked: bool
    from_date: date
    until_date: date | None = None
    chosen_at: datetime  # Of two from the same day, the later decision counts.

    def covers(self, on: date) -> bool:
        """Say whether it is about this day; the last day counts."""
        return self.from_date <= on and (self.until_date is None or on <= self.until_date)


def choices_in_force(choices: Iterable[DatedChoice], on: date) -> dict[str, DatedChoice]:
    """Return the choice that counts for each indicator on a day: of those that cover it, the one decided last.

    A decision taken later stands before an earlier one, whatever day that was from: it was taken knowing it.
    """
    held: dict[str, DatedChoice] = {}
    for each in sorted(choices, key=lambda choice: choice.chosen_at):
        if each.covers(on):
            held[each.code] = each
    return held


def asked_lines(
    indicators: Iterable[Indicator],
    phase: str,
    *,
    trust: Iterable[DatedChoice],
    school: Iterable[DatedChoice],
    on: date,
) -> tuple[Indicator, ...]:
    """Return the lines of a return of a term that begins ``on`` a day, in the order of ``indicators``.

    ``trust`` are the choices for all schools, ``school`` those for this one. A school is never asked what the trust
    does not ask, and never what the catalogue does not ask of its phase of education. A group of pupils is asked
    only where the trust has chosen it, and only together with all pupils.
    """
    all_schools, own = choices_in_force(trust, on), choices_in_force(school, on)
    asked = [
        each
        for each in indicators
        if each.asked_of(phase)
        and is_indicator_asked(each, all_schools.get(each.code))
        and (each.code not in own or own[each.code].is_asked)
    ]
    codes = {each.code for each in asked}
    return tuple(each for each in asked if each.part_of is None or each.part_of in codes)


def is_indicator_asked(indicator: Indicator, choice: DatedChoice | None) -> bool:
    """Say whether the trust asks an indicator, by the choice that holds or without one."""
    return not indicator.is_by_choice if choice is None else choice.is_asked
