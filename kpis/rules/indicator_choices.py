"""Choose the indicators of a return from the catalogue, the trust's choices and the school's exceptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kpis.catalogue import Indicator


@dataclass(frozen=True, kw_only=True)
class DatedChoice:
    """One dated decision to ask for an indicator or not, for all schools or one."""

    code: str
    is_asked: bool
    from_date: date
    until_date: date | None = None
    chosen_at: datetime  # If two choices cover a day, the one chosen later applies.

    def covers(self, on: date) -> bool:
        """Return whether the choice applies on this day. Its last day is included."""
        return self.from_date <= on and (self.until_date is None or on <= self.until_date)


def choices_in_force(choices: Iterable[DatedChoice], on: date) -> dict[str, DatedChoice]:
    """Return the choice that applies to each indicator on a day. If several cover the day, the last decision applies.

    The time of the decision counts, not the day it begins: whoever decided last knew the earlier decisions.
    """
    held: dict[str, DatedChoice] = {}
    for choice in sorted(choices, key=lambda choice: choice.chosen_at):
        if choice.covers(on):
            held[choice.code] = choice
    return held


def asked_lines(
    indicators: Iterable[Indicator],
    phase: str,
    *,
    trust: Iterable[DatedChoice],
    school: Iterable[DatedChoice],
    on: date,
) -> tuple[Indicator, ...]:
    """Return the lines of a return for a term that begins ``on`` a day, in the order of ``indicators``.

    ``trust`` has the choices for all schools, ``school`` those for this school. A choice for one school cannot add an
    indicator that the trust does not ask for, or that the catalogue does not ask for in its phase of education. A
    group of pupils is asked for only if the trust has chosen it, and only together with the line for all pupils.
    """
    all_schools, own = choices_in_force(trust, on), choices_in_force(school, on)
    asked = [
        indicator
        for indicator in indicators
        if indicator.asked_of(phase)
        and is_indicator_asked(indicator, all_schools.get(indicator.code))
        and (indicator.code not in own or own[indicator.code].is_asked)
    ]
    codes = {indicator.code for indicator in asked}
    return tuple(indicator for indicator in asked if indicator.part_of is None or indicator.part_of in codes)


def is_indicator_asked(indicator: Indicator, choice: DatedChoice | None) -> bool:
    """Return whether the trust asks for an indicator. ``choice`` is the choice that applies, if any."""
    return not indicator.is_by_choice if choice is None else choice.is_asked
