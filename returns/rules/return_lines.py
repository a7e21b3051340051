"""A line of a return as people see and type it: its fields as text, the figures next to it, and its state."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import TypedDict

from kpis.catalogue import EnglandFigure, Indicator, nearest_national
from kpis.catalogue.kinds import FigureUnit, Labelled
from kpis.rules.explanations import Explanation
from kpis.rules.figures_in_words import figure_in_words, number_as_typed, number_in_words
from kpis.rules.score import Figure, SchoolTarget, school_target
from kpis.rules.typed_figures import PART_TOO_LARGE, TOO_LARGE
from published.dfe.value_statuses import ValueStatus
from returns.rules.line_checks import CheckedLine, Finding, LineAsTyped, Severity, check_line
from returns.rules.unusual_figures import FEWEST_FOR_SPREAD
from schools.rules.terms import Period
from tables.dates import day_in_words

WORD_FIELDS = ("comment", "what", "why", "what_next")  # The fields of LineWords.


class LineState(Labelled):
    """The state of a line, as its page shows it."""

    EMPTY = "empty", "Nothing entered"
    SAVED = "saved", "Saved"
    QUERY = "query", "Needs a comment"
    RED = "red", "Off target: explanation needed"
    INVALID = "invalid", "Needs correcting"
    CONFLICT = "conflict", "Also saved by somebody else"
    CLOSED = "closed", "Not saved"


class LineWords(TypedDict):
    """The comment and explanation of a line. They are kept as typed, even if the figures cannot be read."""

    comment: str
    what: str
    why: str
    what_next: str


@dataclass(frozen=True, kw_only=True)
class TypedLine:
    """The fields of a line as text. ``status`` is why there is no figure; it is empty if there is a figure."""

    value: str = ""
    numerator: str = ""
    denominator: str = ""
    status: str = ""
    follows: str = ""  # The date by which a figure will follow.
    comment: str = ""
    what: str = ""
    why: str = ""
    what_next: str = ""

    @property
    def explanation(self) -> Explanation:
        return Explanation(what=self.what, why=self.why, what_next=self.what_next)

    @property
    def words(self) -> LineWords:
        return LineWords(
            comment=self.comment.strip(),
            what=self.what.strip(),
            why=self.why.strip(),
            what_next=self.what_next.strip(),
        )

    @property
    def says_nothing(self) -> bool:
        """Return whether the line has neither a figure nor a reason for having no figure. A comment is not enough."""
        return not any(text.strip() for text in (self.value, self.numerator, self.denominator, self.status))

    @property
    def in_short(self) -> str:
        """Write the line in a few words, to show next to what somebody else saved."""
        parts = " of ".join(text.strip() for text in (self.numerator, self.denominator) if text.strip())
        given = [text for text in (self.value.strip(), parts) if text]
        by = f" by {_in_words(self.follows)}" if self.follows else ""
        given += [ValueStatus(self.status).label + by] if self.status else []
        return ", ".join(given) or "nothing"

    @property
    def fingerprint(self) -> str:
        """Return a hash of the line's text. Line endings, and spaces at the start and end of a field, do not count.

        >>> TypedLine(comment="one\\r\\ntwo ").fingerprint == TypedLine(comment="one\\ntwo").fingerprint
        True
        """
        texts = ["\n".join(text.splitlines()).strip() for text in asdict(self).values()]
        return sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def _in_words(day: str) -> str:
    """Write a date as the page does. Return other text unchanged."""
    try:
        return day_in_words(date.fromisoformat(day.strip()))
    except ValueError:
        return day.strip()


@dataclass(frozen=True, kw_only=True)
class ContextFigure:
    """A figure shown next to the line and where it is from, or the words shown instead."""

    text: str
    note: str = ""
    source: str = ""
    is_absent: bool = False


NO_EARLIER = ContextFigure(text="No figure", is_absent=True)
NO_TARGET = ContextFigure(text="No target set", is_absent=True)
NO_NATIONAL = ContextFigure(text="None published", is_absent=True)


@dataclass(frozen=True, kw_only=True)
class LineContext:
    """What a person sees next to a line before they type."""

    last: ContextFigure
    year_ago: ContextFigure
    target: ContextFigure
    national: ContextFigure
    held_against: SchoolTarget | None = None  # The target as a number.


def count_in_words(value: Decimal) -> str:
    """Write a part of a figure with commas from 1,000.

    >>> count_in_words(Decimal("12345.50"))
    '12,345.5'
    """
    exponent = value.normalize().as_tuple().exponent
    return number_in_words(value, max(0, -int(exponent)))


def typed_from(
    indicator: Indicator,
    *,
    value: Decimal | None,
    numerator: Decimal | None,
    denominator: Decimal | None,
    missing_reason: str,
    words: LineWords,
    unread: Mapping[str, str],
    follows_on: date | None = None,
) -> TypedLine:
    """Return what a line's fields show: what could not be read, as it was typed, otherwise what is stored.

    The field of a figure that was calculated from its parts stays empty, so that changing a part does not contradict
    it.
    """
    if unread:
        return TypedLine(**unread, **words)
    own = number_as_typed(value) if numerator is None else ""
    if indicator.unit is FigureUnit.YES_NO and value is not None:
        own = "yes" if value else "no"
    return TypedLine(
        value=own,
        numerator=number_as_typed(numerator),
        denominator=number_as_typed(denominator),
        status=missing_reason,
        follows=follows_on.isoformat() if follows_on else "",
        **words,
    )


def check_typed_line(
    indicator: Indicator, typed: TypedLine, history: Sequence[Decimal], target: SchoolTarget | None = None
) -> CheckedLine:
    """Check a line as typed. Its comment is also the reason for having no figure.

    ``history`` has earlier figures in the indicator's unit, oldest first. Without a ``target`` no figure is off target.
    """
    status = ValueStatus(typed.status) if typed.status else ValueStatus.VALUE
    entry = LineAsTyped(
        value=typed.value,
        numerator=typed.numerator,
        denominator=typed.denominator,
        status=status,
        reason=typed.comment,
        follows=typed.follows,
        comment=typed.comment,
        explanation=typed.explanation,
    )
    checked = check_line(indicator, entry, history, target)
    if checked.is_wrong or _is_kept(checked):
        return checked
    return replace(checked, findings=(Finding(Severity.ERROR, "This figure is too large to save"),))


def _is_kept(checked: CheckedLine) -> bool:
    parts = [round(abs(part), 2) for part in (checked.numerator, checked.denominator) if part is not None]
    return abs(checked.value or Decimal(0)) < TOO_LARGE and all(part < PART_TOO_LARGE for part in parts)


def line_state(typed: TypedLine, checked: CheckedLine) -> LineState:
    """Return the state of a stored line."""
    if typed.says_nothing:
        return LineState.EMPTY
    levels = {finding.level for finding in checked.findings if finding.stops}
    if Severity.ERROR in levels:
        return LineState.INVALID
    if Severity.RED in levels:
        return LineState.RED
    return LineState.SAVED if checked.may_submit else LineState.QUERY


def comparable_figures(figures: Sequence[Figure], period: Period) -> list[Decimal]:
    """Return the figures to compare a new figure with, oldest first.

    Terms differ, so an autumn is compared with earlier autumns. If there are too few of them to show a spread, it is
    compared with every earlier figure.
    """
    known = sorted(
        (figure for figure in figures if figure.value is not None and figure.period.order < period.order),
        key=lambda figure: figure.period.order,
    )
    same = [figure.value for figure in known if figure.period.term is period.term]
    chosen = same if len(same) >= FEWEST_FOR_SPREAD else [figure.value for figure in known]
    return [value for value in chosen if value is not None]


def line_context(
    indicator: Indicator,
    figures: Sequence[Figure],
    *,
    phase: str,
    period: Period,
    targets: Mapping[int, SchoolTarget],
    national: Sequence[EnglandFigure],
) -> LineContext:
    """Return what is shown next to a line: the last figure, a year ago, the target and the national figure.

    ``figures`` are the school's accepted figures in any order. Figures of ``period`` and later are left out.
    """
    earlier = [figure for figure in figures if figure.period.order < period.order]
    last = max(earlier, key=lambda figure: figure.period.order, default=None)
    ago = period.same_a_year_earlier()
    then = next((figure for figure in earlier if figure.period == ago), None)
    target = school_target(indicator, phase=phase, period=period, targets=targets, national=national)
    nearest = nearest_national(
        national,
        indicator,
        phase=phase,
        school_year=period.school_year,
        term=period.term.value if period.term else "",
    )
    return LineContext(
        last=_earlier(indicator, last),
        year_ago=_earlier(indicator, then) if then else ContextFigure(text="No figure", note=ago.label, is_absent=True),
        target=_target(indicator, target, is_own=any(year <= period.school_year for year in targets)),
        national=_national(indicator, nearest),
        held_against=target,
    )


def _earlier(indicator: Indicator, found: Figure | None) -> ContextFigure:
    if found is None:
        return NO_EARLIER
    if found.value is None:
        return ContextFigure(text=found.status.label, note=found.period.label, source=found.comment, is_absent=True)
    return ContextFigure(text=figure_in_words(found.value, indicator.unit, indicator.decimals), note=found.period.label)


def _target(indicator: Indicator, target: SchoolTarget | None, *, is_own: bool) -> ContextFigure:
    if target is None:
        return NO_TARGET
    ends = [
        figure_in_words(end, indicator.unit, indicator.decimals)
        for end in (target.value, target.upper)
        if end is not None
    ]
    return ContextFigure(
        text=" to ".join(ends), note=target.provenance if is_own else "by default", source=target.provenance
    )


def _national(indicator: Indicator, national: EnglandFigure | None) -> ContextFigure:
    if national is None:
        return ContextFigure(text=NO_NATIONAL.text, source=indicator.comparator.because, is_absent=True)
    return ContextFigure(
        text=figure_in_words(national.value, indicator.unit, indicator.decimals),
        note=f"{national.when}, {national.schools}, {national.status.label.lower()}",
        source=national.source,
    )
