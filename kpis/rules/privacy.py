"""Decide which figures about few people a reader may see. Everything that shows figures of schools asks here.

Source: kpis/README.md#small-numbers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from kpis.catalogue import FigureSubject, FigureUnit, Indicator
from kpis.catalogue.kinds import Labelled
from kpis.rules.figures_in_words import round_half_up
from kpis.rules.score import Figure
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period

ZERO = Decimal(0)
AS_IT_IS = 1  # From a count of 1 on, every figure is shown.
FEWEST_SHOWN = 6  # Counts of 1 to 5 are hidden. A count of 0 identifies nobody and is shown.
MOST_HIDDEN = 30  # The highest number that a Board may choose: from 31 on, whole classes would be hidden.
SHARES = (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS)

HIDDEN_BECAUSE_SMALL = "Hidden from you, because it is about so few people that it could identify somebody"
NOT_SHOWN = "not shown, because the figures are about too few people"
MARK = "Small number: do not pass on"


class Audience(Labelled):
    """Who reads a figure."""

    SCHOOL = "school", "The school itself"
    CENTRE = "centre", "The trust’s centre"
    BOARD = "board", "The Board"
    GOVERNORS = "governors", "The school’s own governors"
    PANEL = "panel", "Those who attend the Panel"
    OTHERS = "others", "Other schools, the headline comparison and anything that leaves the trust"


# The school fills in the figures and the centre decides on them, so both see every figure.
INSIDE = (Audience.SCHOOL, Audience.CENTRE)
CHOSEN = tuple(audience for audience in Audience if audience not in INSIDE)  # The Board decides what these see.
# Figures about money, time and things identify nobody.
HIDEABLE = (FigureSubject.EVENTS, FigureSubject.PEOPLE)


class Showing(StrEnum):
    """Whether a reader may see a figure."""

    SHOWN = "shown"
    MARKED = "marked"  # Shown with the request not to pass it on, because others may not see it.
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class SmallNumberRules:
    """From which count on each audience sees figures: one trust's policy."""

    fewest: Mapping[tuple[FigureSubject, Audience], int]

    def fewest_shown(self, about: FigureSubject, audience: Audience) -> int:
        """Return the lowest count above 0 that the audience sees."""
        return AS_IT_IS if audience in INSIDE else self.fewest[about, audience]


STANDARD_RULES = SmallNumberRules(
    fewest={
        **{(FigureSubject.EVENTS, audience): AS_IT_IS for audience in CHOSEN},
        **{(FigureSubject.PEOPLE, audience): FEWEST_SHOWN for audience in CHOSEN},
        (FigureSubject.EVENTS, Audience.OTHERS): FEWEST_SHOWN,
    }
)


def rule_faults(rules: SmallNumberRules) -> Iterator[tuple[tuple[FigureSubject, Audience], str]]:
    """Yield what is wrong with rules. Others may never see more than somebody whom the Board lets see less.

    >>> list(rule_faults(STANDARD_RULES))
    []
    """
    for about in HIDEABLE:
        for audience in CHOSEN:
            fewest = rules.fewest_shown(about, audience)
            if not AS_IT_IS <= fewest <= MOST_HIDDEN:
                yield (about, audience), f"Enter a whole number from {AS_IT_IS} to {MOST_HIDDEN}"
            elif fewest > rules.fewest_shown(about, Audience.OTHERS):
                yield (about, audience), "Enter a number that is not above the one for other schools"


@dataclass(frozen=True, kw_only=True)
class SmallCounts:
    """The smallest count of events and of people that a figure gives away; 0 if it gives none away."""

    events: Decimal = ZERO
    people: Decimal = ZERO

    def of(self, about: FigureSubject) -> Decimal:
        return self.events if about is FigureSubject.EVENTS else self.people


@dataclass(frozen=True, kw_only=True)
class FigureReader:
    """One reader's view of a trust: the trust's policy, and the audiences that the reader belongs to."""

    rules: SmallNumberRules
    everywhere: frozenset[Audience]  # For every school of the trust.
    by_school: Mapping[int, frozenset[Audience]]  # By URN, as well as everywhere.

    def showing(self, urn: int, counts: SmallCounts | None) -> Showing:
        """Return whether the reader may see a figure of a school. Counts that are not known yet are hidden."""
        audiences = self.everywhere | self.by_school.get(urn, frozenset())
        if Audience.SCHOOL in audiences:
            return Showing.SHOWN
        if counts is None:
            return Showing.SHOWN if Audience.CENTRE in audiences else Showing.HIDDEN
        if any(_is_below(counts, about, self.rules, audiences, of_all=True) for about in HIDEABLE):
            return Showing.HIDDEN
        hidden_from_others = any(_is_below(counts, about, self.rules, CHOSEN, of_all=False) for about in HIDEABLE)
        return Showing.MARKED if hidden_from_others else Showing.SHOWN


def reader_for(audience: Audience, rules: SmallNumberRules) -> FigureReader:
    """Return the reader who belongs to one audience for every school."""
    return FigureReader(rules=rules, everywhere=frozenset({audience}), by_school={})


def reader_for_each(audiences: Collection[Audience], rules: SmallNumberRules) -> FigureReader:
    """Return who reads a file that is the same for several audiences: it has only what each of them may see.

    >>> strict = SmallNumberRules(fewest={**STANDARD_RULES.fewest, (FigureSubject.PEOPLE, Audience.BOARD): 10})
    >>> reader = reader_for_each([Audience.BOARD, Audience.PANEL], strict)
    >>> [reader.showing(990001, SmallCounts(people=Decimal(count))).value for count in (7, 10)]
    ['hidden', 'shown']
    """
    strictest = {
        (about, Audience.PANEL): max(rules.fewest_shown(about, audience) for audience in audiences)
        for about in HIDEABLE
    }
    return reader_for(Audience.PANEL, SmallNumberRules(fewest={**rules.fewest, **strictest}))


def _is_below(
    counts: SmallCounts, about: FigureSubject, rules: SmallNumberRules, audiences: Collection[Audience], *, of_all: bool
) -> bool:
    """Return whether a count is too small for all of the audiences, or for any of them.

    Whoever sees every figure sees parts of a post too, which are below 1.
    """
    count = counts.of(about)
    limits = (rules.fewest_shown(about, audience) for audience in audiences)
    return count > 0 and (all if of_all else any)(limit > AS_IT_IS and count < limit for limit in limits)


Figures = Mapping[str, Sequence[Figure]]  # One school's, by indicator.
Key = tuple[str, Period]  # Indicator and period.
Indicators = Mapping[str, Indicator]


def small_counts(figures: Figures, indicators: Indicators) -> dict[Key, SmallCounts]:
    """Return what each known figure of a school gives away, by indicator and period.

    A figure about some pupils also gives away the rest of all pupils, so it has the counts of the rest as well. A
    figure about all pupils limits the count of some of them, so it has its own count as far as the other is hidden. A
    figure for a whole year has the counts of its terms.

    Source: kpis/README.md#small-numbers.
    """
    known = {
        (code, figure.period): figure
        for code, own in figures.items()
        if code in indicators
        for figure in own
        if figure.as_part().is_known
    }
    counts = {
        (code, period): _least(_counts(figure, indicators[code], known.get((indicators[code].whole or "", period))))
        for (code, period), figure in known.items()
    }
    parts = _parts_of(indicators)
    limited = {
        (code, period): _limited(
            own,
            _counted(known[code, period], indicators[code]),
            [counts[part, period] for part in parts[code] if (part, period) in counts],
        )
        for (code, period), own in counts.items()
    }
    terms: dict[tuple[str, int], list[SmallCounts]] = defaultdict(list)
    for (code, period), found in limited.items():
        if period.term:
            terms[code, period.school_year].append(found)
    return {
        (code, period): found if period.term else _smallest_of([found, *terms[code, period.school_year]])
        for (code, period), found in limited.items()
    }


def shown_figures(figures: Figures, indicators: Indicators, reader: FigureReader, urn: int) -> dict[str, list[Figure]]:
    """Return one school's figures as the reader may see them: hidden, marked, or as they are."""
    counts = small_counts(figures, indicators)
    return {
        code: [
            # Nobody can tell what a figure gives away if its indicator is no longer known.
            shown_figure(figure, reader, urn, counts.get((code, figure.period)) if code in indicators else None)
            for figure in own
        ]
        for code, own in figures.items()
    }


def shown_figure(figure: Figure, reader: FigureReader, urn: int, counts: SmallCounts | None) -> Figure:
    """Return one figure as the reader may see it. A hidden figure has only its period, its status and the reason."""
    if not figure.as_part().is_known:
        return figure
    showing = reader.showing(urn, counts)
    if showing is Showing.HIDDEN:
        return Figure(period=figure.period, status=ValueStatus.HIDDEN, comment=HIDDEN_BECAUSE_SMALL)
    return replace(figure, mark=MARK) if showing is Showing.MARKED else figure


def _limited(own: SmallCounts, counted: Decimal | None, parts: Sequence[SmallCounts]) -> SmallCounts:
    """Return the counts of a figure, and how many it counts as far as figures about some of them are hidden.

    If 2 pupils are counted in all, a hidden count of some of them is 1 or 2. The greater of two counts is below a limit
    if both are. So the figure about all pupils is hidden if it is small and the other is hidden.
    """
    if not counted:
        return own
    limits = (
        SmallCounts(
            events=max(counted, part.events) if part.events else ZERO,
            people=max(counted, part.people) if part.people else ZERO,
        )
        for part in parts
    )
    return _smallest_of([own, *limits])


def _parts_of(indicators: Indicators) -> dict[str, list[str]]:
    """Return the indicators about some pupils by the code of the indicator about all."""
    parts: dict[str, list[str]] = defaultdict(list)
    for indicator in indicators.values():
        if indicator.whole:
            parts[indicator.whole].append(indicator.code)
    return parts


Count = tuple[FigureSubject, Decimal]


def _counts(figure: Figure, indicator: Indicator, whole: Figure | None) -> Iterator[Count]:
    """Yield every count that a figure gives away: its own, and those of the rest of all pupils."""
    if indicator.about is FigureSubject.THINGS:
        return
    own = _parts(figure, indicator)
    rest = _parts(whole, indicator) if whole else (None, None, None)
    is_counted = (indicator.about is FigureSubject.EVENTS or indicator.sensitive, indicator.unit is FigureUnit.PERCENT)
    kinds = (FigureSubject.PEOPLE, indicator.about, indicator.about)
    gives_away = (True, is_counted[0], all(is_counted))
    for about, is_given, count, of_all in zip(kinds, gives_away, own, rest, strict=True):
        if is_given and count is not None:
            yield about, count
            if count and of_all is not None:  # Without one of its own, the rest is what the figure for all says.
                yield about, of_all - count


def _parts(figure: Figure, indicator: Indicator) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return how many people there are, how many are counted and how many are not."""
    counted, size = _counted(figure, indicator), figure.cohort
    return size, counted, None if size is None or counted is None else size - counted


def _counted(figure: Figure, indicator: Indicator) -> Decimal | None:
    """Return how many are counted: as the school says, or calculated from a share and the number of people."""
    if figure.numerator is not None:
        return figure.numerator
    if figure.value is not None and indicator.unit is FigureUnit.COUNT:
        return figure.value
    if figure.value is not None and figure.cohort is not None and indicator.unit in SHARES:
        return round_half_up(figure.value * figure.cohort / indicator.unit.multiplier, 0)
    return None


def _least(counts: Iterable[Count]) -> SmallCounts:
    found = list(counts)
    return SmallCounts(
        events=_smallest(count for about, count in found if about is FigureSubject.EVENTS),
        people=_smallest(count for about, count in found if about is FigureSubject.PEOPLE),
    )


def _smallest_of(counts: Sequence[SmallCounts]) -> SmallCounts:
    return SmallCounts(
        events=_smallest(found.events for found in counts), people=_smallest(found.people for found in counts)
    )


def _smallest(counts: Iterable[Decimal]) -> Decimal:
    return min((count for count in counts if count > 0), default=ZERO)
