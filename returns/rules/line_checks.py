"""Check a line of a return: an impossible figure is an error, an unusual figure a query that a comment answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import FigureUnit
from kpis.rules.explanations import NO_EXPLANATION, Explanation, missing_explanation
from kpis.rules.figures_in_words import WORDS_AFTER, figure_in_words, number_in_words, round_half_up
from kpis.rules.rating import Rating
from kpis.rules.score import SchoolTarget, rate_against
from kpis.rules.typed_figures import KEPT_DECIMALS, UnreadableFigure, parse_figure
from published.dfe.value_statuses import ValueStatus
from returns.rules.unusual_figures import UnusualFigure, why_unusual

IN_A_COMMENT = ", and say why in a comment"
REASONS_FOR_NONE = (  # What a school can choose instead of a figure.
    ValueStatus.NOT_COLLECTED,
    ValueStatus.NOT_APPLICABLE,
    ValueStatus.TOO_FEW_PUPILS,
    ValueStatus.TO_FOLLOW,
)


class Severity(StrEnum):
    """How serious a finding is."""

    ERROR = "error"  # Must be corrected before the return is submitted.
    QUERY = "query"  # May be correct: a comment answers it.
    RED = "red"  # Off target: an explanation answers it.


@dataclass(frozen=True)
class Finding:
    """Something to correct or explain, and the field it is about."""

    level: Severity
    message: str
    field: str = "value"  # value, numerator, denominator, status, reason, follows, what, why or what_next.
    answered: bool = False  # A query with a comment on its line.

    @property
    def stops(self) -> bool:
        """Return whether the return cannot be submitted because of this."""
        return not self.answered


@dataclass(frozen=True, kw_only=True)
class LineAsTyped:
    """A line of a return as it was typed. Empty text means that nothing was typed."""

    value: str = ""
    numerator: str = ""
    denominator: str = ""
    status: ValueStatus = ValueStatus.VALUE  # Why there is no figure.
    reason: str = ""  # The school's reason for that status.
    follows: str = ""  # The date by which the figure will follow, as 2026-01-31.
    comment: str = ""
    explanation: Explanation = NO_EXPLANATION

    @property
    def explains(self) -> bool:
        """Return whether some text answers a query. Why a figure is off target is also why it is unusual."""
        return bool(self.comment.strip() or self.explanation.why.strip())


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A line as it was read, with all findings."""

    value: Decimal | None = None  # In the indicator's unit.
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    status: ValueStatus = ValueStatus.VALUE
    follows_on: date | None = None  # For a figure that will follow.
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_wrong(self) -> bool:
        """Return whether the line cannot be stored as a figure."""
        return any(finding.level is Severity.ERROR for finding in self.findings)

    @property
    def may_submit(self) -> bool:
        """Return whether the return can be submitted with this line as it is."""
        return not any(finding.stops for finding in self.findings)


def check_line(
    indicator: Indicator, entry: LineAsTyped, history: Sequence[Decimal] = (), target: SchoolTarget | None = None
) -> CheckedLine:
    """Check what was typed for ``indicator`` and return it as figures, with every finding.

    ``history`` has the school's earlier figures in the indicator's unit, oldest first, without gaps. Figures of the
    same term are best, because terms differ. The figure is calculated if only numerator and denominator are given.
    A line is never refused because it is unusual or off ``target``: the first needs a comment, the second an
    explanation.

    Source: returns/README.md#validation.
    """
    typed = any(text.strip() for text in (entry.value, entry.numerator, entry.denominator))
    if not typed:
        return CheckedLine(status=entry.status, follows_on=_day(entry), findings=tuple(_of_missing(indicator, entry)))
    read: dict[str, Decimal | None] = {}
    findings: list[Finding] = []
    for name in ("value", "numerator", "denominator"):
        read[name], faults = _read(indicator, name, getattr(entry, name))
        findings += faults
    if entry.status is not ValueStatus.VALUE:
        findings.append(Finding(Severity.ERROR, "Enter a figure, or choose why there is no figure, not both", "status"))
    if not findings and indicator.has_parts:
        read["value"], faults = _of_parts(indicator, read["value"], read["numerator"], read["denominator"])
        findings += faults
    value = read["value"]
    if not findings and value is not None:
        findings += _of_figure(indicator, value, history, entry.explains)
    if value is not None and not any(finding.level is Severity.ERROR for finding in findings):
        findings += _of_rating(rate_against(indicator, value, target), entry.explanation)
    return CheckedLine(
        value=value,
        numerator=read["numerator"],
        denominator=read["denominator"],
        findings=tuple(findings),
    )


def _of_rating(rating: Rating, explanation: Explanation) -> list[Finding]:
    asked = missing_explanation(rating, explanation)
    return [Finding(Severity.RED, asked, explanation.missing[0])] if asked else []


def _of_missing(indicator: Indicator, entry: LineAsTyped) -> Iterator[Finding]:
    if entry.status is ValueStatus.VALUE:
        yield Finding(Severity.ERROR, "Enter a figure, or choose why there is no figure", "value")
    elif entry.status not in REASONS_FOR_NONE:
        yield Finding(Severity.ERROR, f"You cannot choose “{entry.status.label.lower()}” in a return", "status")
    elif entry.status is ValueStatus.TO_FOLLOW and entry.follows.strip():
        if _day(entry) is None:
            yield Finding(
                Severity.ERROR, f"“{entry.follows.strip()}” is not a date: enter one like 2026-01-31", "follows"
            )
    elif not entry.reason.strip() and not (indicator.part_of and entry.status is ValueStatus.NOT_COLLECTED):
        asked = "Say when it will follow" if entry.status is ValueStatus.TO_FOLLOW else "Give the reason"
        yield Finding(Severity.ERROR, f"{entry.status.label}: {asked.lower()}", "reason")


def _day(entry: LineAsTyped) -> date | None:
    if entry.status is not ValueStatus.TO_FOLLOW:
        return None
    try:
        return date.fromisoformat(entry.follows.strip())
    except ValueError:
        return None


def _read(indicator: Indicator, name: str, typed: str) -> tuple[Decimal | None, list[Finding]]:
    if not typed.strip():
        return None, []
    unit = indicator.unit
    if name != "value":
        if not indicator.has_parts:
            return None, [Finding(Severity.ERROR, "This line needs a single figure, not two numbers", name)]
        in_pounds = "£" in (getattr(indicator, name) or "")
        unit = FigureUnit.POUNDS if in_pounds else FigureUnit.COUNT
    try:
        return parse_figure(typed, unit), []
    except UnreadableFigure as fault:
        return None, [Finding(Severity.ERROR, str(fault), name)]


def _of_parts(
    indicator: Indicator, value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None
) -> tuple[Decimal | None, list[Finding]]:
    if numerator is None and denominator is None:
        return value, []
    if numerator is None or denominator is None:
        missing = "numerator" if numerator is None else "denominator"
        label = indicator.numerator if numerator is None else indicator.denominator
        return value, [Finding(Severity.ERROR, f"Enter “{label}” too, or clear both numbers", missing)]
    if findings := list(_of_counts(indicator, numerator, denominator)):
        return value, findings
    computed = numerator / denominator * indicator.unit.multiplier
    kept = computed.quantize(KEPT_DECIMALS)
    if value is None:
        return kept, []
    # The figure may be rounded to the decimals that were typed, so half of the last place is allowed.
    places = max(0, -int(value.as_tuple().exponent))
    if abs(computed - value) * 2 > Decimal(1).scaleb(-min(places, indicator.decimals)):
        shown = figure_in_words(computed, indicator.unit, indicator.decimals)
        parts = (
            f"{number_in_words(numerator, _places(numerator))} of {number_in_words(denominator, _places(denominator))}"
        )
        return value, [
            Finding(Severity.ERROR, f"{parts} is {shown}, not {figure_in_words(value, indicator.unit, places)}")
        ]
    return kept, []


def _of_counts(indicator: Indicator, numerator: Decimal, denominator: Decimal) -> Iterator[Finding]:
    limits = indicator.limits
    counted, counted_from = indicator.numerator, indicator.denominator
    if indicator.whole_numbers:
        for name, label, count in (
            ("numerator", counted, numerator),
            ("denominator", counted_from, denominator),
        ):
            if count != count.to_integral_value():
                yield Finding(Severity.ERROR, f"“{label}” must be a whole number", name)
    if denominator <= 0:
        message = f"“{counted_from}” must be above zero; if it is zero, choose “Not applicable” instead"
        yield Finding(Severity.ERROR, message, "denominator")
    if numerator < 0 and limits.minimum is not None and limits.minimum >= 0:
        yield Finding(Severity.ERROR, f"“{counted}” cannot be below zero", "numerator")
    at_most_all = limits.maximum is not None and limits.maximum <= indicator.unit.multiplier
    if (
        at_most_all
        and denominator > 0
        and indicator.unit in (FigureUnit.PERCENT, FigureUnit.RATIO)
        and numerator > denominator
    ):
        yield Finding(Severity.ERROR, f"“{counted}” cannot be more than “{counted_from}”", "numerator")


def _of_figure(indicator: Indicator, value: Decimal, history: Sequence[Decimal], commented: bool) -> Iterator[Finding]:
    if indicator.unit is FigureUnit.COUNT and value != value.to_integral_value():
        yield Finding(Severity.ERROR, "This line is a count: enter a whole number")
    if not indicator.limits.allow(value):
        yield Finding(Severity.ERROR, _outside(indicator, value))
    elif indicator.jump and (odd := why_unusual(value, history, indicator.jump)):
        words = _odd(indicator, value, odd)
        if (
            indicator.unit is FigureUnit.PERCENT
            and 0 < value <= 1
            and not why_unusual(value * 100, history, indicator.jump)
        ):
            words = f"{_in_full(indicator, value)} may be meant as {_in_full(indicator, value * 100)}: {words}"
        yield Finding(Severity.QUERY, words, answered=commented)


def _outside(indicator: Indicator, value: Decimal) -> str:
    low, high = (
        None if end is None else figure_in_words(end, indicator.unit, _places(end))
        for end in (indicator.limits.minimum, indicator.limits.maximum)
    )
    asked = f"from {low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
    return f"{figure_in_words(value, indicator.unit, _places(value))} is not possible here: enter a figure {asked}"


def _odd(indicator: Indicator, value: Decimal, odd: UnusualFigure) -> str:
    say = [
        figure_in_words(figure, indicator.unit, indicator.decimals) for figure in (value, odd.centre, odd.low, odd.high)
    ]
    low = say[2]
    if indicator.unit in WORDS_AFTER and indicator.unit is not FigureUnit.PERCENT:  # The second end has the unit.
        low = number_in_words(odd.low, indicator.decimals)
    if odd.points == 1:
        return f"{say[0]} is a long way from the last figure, {say[1]}: check it{IN_A_COMMENT}"
    usual = (
        f"all {odd.points} earlier figures were {say[2]}"
        if say[2] == say[3]
        else f"usually about {say[1]}; {odd.points} earlier figures were between {low} and {say[3]}"
    )
    return f"{say[0]} is unusual for this school ({usual}): check it{IN_A_COMMENT}"


def _in_full(indicator: Indicator, value: Decimal) -> str:
    return figure_in_words(value, indicator.unit, _places(value))


def _places(value: Decimal) -> int:
    kept = round_half_up(value, 4).normalize().as_tuple().exponent
    return max(0, -int(kept))
