"""Calculate the trust's figure from its schools' figures. It is never an average of percentages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.kinds import FigureUnit, Labelled, RollUp
from kpis.rules.figures_in_words import figure_in_words, number_in_words
from published.dfe.value_statuses import ValueStatus
from tables.word_lists import join_in_words

ZERO = Decimal(0)


class RollUpMethod(Labelled):
    """How a trust's figure was calculated."""

    PARTS = "parts", "calculated from numerators and denominators"
    COHORT = "cohort", "weighted by cohort"
    SUM = "sum", "added up"
    ANSWERS = "answers", "counted from the answers"
    NONE = "none", "not calculated"


@dataclass(frozen=True, kw_only=True)
class SchoolFigure:
    """One school's figure for one indicator and period."""

    school: str  # Its name, for the sentence.
    value: Decimal | None = None  # In the indicator's unit.
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    cohort: Decimal | None = None  # The number of pupils (or staff) the figure is about.
    status: ValueStatus = ValueStatus.VALUE

    @property
    def is_known(self) -> bool:
        """Return whether the school has a figure."""
        return self.status is ValueStatus.VALUE and (self.value is not None or self.has_parts)

    @property
    def has_parts(self) -> bool:
        """Return whether the figure has a numerator and a denominator."""
        return self.numerator is not None and self.denominator is not None and self.denominator > 0


@dataclass(frozen=True, kw_only=True)
class CalculatedTrustFigure:
    """The trust's figure, how it was calculated and which schools are missing from it."""

    value: Decimal | None  # In the indicator's unit.
    method: RollUpMethod
    counted: int  # Schools that it includes.
    expected: int  # Schools that it should include.
    left_out: tuple[tuple[str, str], ...]  # The school, and the reason in words.
    sentence: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def trust_figure(
    figures: Sequence[SchoolFigure], *, roll_up: RollUp, unit: FigureUnit, decimals: int
) -> CalculatedTrustFigure:
    """Calculate the trust's figure from one figure for each of its schools.

    A rate is calculated from the sums of numerators and denominators, or weighted by cohort: whichever includes more
    schools, and the first if both include the same number. The sentence names the schools that are left out, with
    the reason. Schools to which the indicator does not apply are neither expected nor missing. Counts are added up;
    the sentence says if only some schools are included. Pass figures of one period: last year's accepted figure must
    not replace this year's.

    Source: kpis/README.md#roll-up.

    >>> from decimal import Decimal as D
    >>> trust_figure([
    ...     SchoolFigure(school="Oak", numerator=D(90), denominator=D(100)),
    ...     SchoolFigure(school="Elm", numerator=D(800), denominator=D(1000)),
    ... ], roll_up=RollUp.RATE, unit=FigureUnit.PERCENT, decimals=1).sentence
    '80.9% in both schools, calculated from numerators and denominators: 890 of 1,100'
    """
    expected = [figure for figure in figures if figure.status is not ValueStatus.NOT_APPLICABLE]
    known = [figure for figure in expected if figure.is_known]
    if not known or roll_up is RollUp.NONE:
        return _nothing(expected, roll_up)
    if roll_up is RollUp.ALL_YES:
        return _answers(expected, known)
    if roll_up is RollUp.SUM:
        return _sum(expected, known, unit, decimals)
    by_parts = [figure for figure in known if figure.has_parts]
    by_cohort = [figure for figure in known if figure.cohort and figure.cohort > 0]
    if not by_parts and not by_cohort:
        return _nothing(expected, roll_up)
    if len(by_parts) >= len(by_cohort):
        return _of_parts(expected, by_parts, unit, decimals)
    return _of_cohorts(expected, by_cohort, unit, decimals)


def _of_parts(
    expected: Sequence[SchoolFigure], counted: Sequence[SchoolFigure], unit: FigureUnit, decimals: int
) -> CalculatedTrustFigure:
    above = sum((figure.numerator or ZERO for figure in counted), ZERO)
    below = sum((figure.denominator or ZERO for figure in counted), ZERO)
    value = above / below * unit.multiplier
    parts = f"{_amount(above)} of {_amount(below)}" if unit is FigureUnit.PERCENT else _over(above, below)
    sentence = f"{_beginning(value, expected, counted, unit, decimals)}, {RollUpMethod.PARTS.label}: {parts}"
    return _made(
        expected,
        counted,
        value,
        RollUpMethod.PARTS,
        sentence,
        "no numerator and denominator",
        numerator=above,
        denominator=below,
    )


def _of_cohorts(
    expected: Sequence[SchoolFigure], counted: Sequence[SchoolFigure], unit: FigureUnit, decimals: int
) -> CalculatedTrustFigure:
    weights = [figure.cohort or ZERO for figure in counted]
    total = sum(weights, ZERO)
    weighted = (_own(figure, unit) * weight for figure, weight in zip(counted, weights, strict=True))
    value = sum(weighted, ZERO) / total
    sentence = (
        f"{_beginning(value, expected, counted, unit, decimals)}, {RollUpMethod.COHORT.label} of {_amount(total)}"
    )
    return _made(
        expected, counted, value, RollUpMethod.COHORT, sentence, "no cohort to weight it by", denominator=total
    )


def _sum(
    expected: Sequence[SchoolFigure], known: Sequence[SchoolFigure], unit: FigureUnit, decimals: int
) -> CalculatedTrustFigure:
    counted = [figure for figure in known if figure.value is not None]
    if not counted:
        return _nothing(expected, RollUp.SUM)
    value = sum((figure.value or ZERO for figure in counted), ZERO)
    sentence = f"{_beginning(value, expected, counted, unit, decimals)}, {RollUpMethod.SUM.label}"
    return _made(expected, counted, value, RollUpMethod.SUM, sentence, "no figure")


def _answers(expected: Sequence[SchoolFigure], known: Sequence[SchoolFigure]) -> CalculatedTrustFigure:
    yes = sum(bool(figure.value) for figure in known)
    # The trust's answer is no as soon as one school says no; it is yes only when every school has said yes.
    settled = Decimal(0) if yes < len(known) else Decimal(1) if len(known) == len(expected) else None
    sentence = f"Yes in {yes} of {_schools(len(expected))}"
    return _made(expected, known, settled, RollUpMethod.ANSWERS, sentence, "no answer", numerator=Decimal(yes))


def _nothing(expected: Sequence[SchoolFigure], roll_up: RollUp) -> CalculatedTrustFigure:
    if roll_up is RollUp.NONE and any(figure.is_known for figure in expected):
        sentence = "No trust figure: schools' figures for this indicator are not added up"
    elif any(figure.status is ValueStatus.HIDDEN for figure in expected):
        hidden = sum(figure.status is ValueStatus.HIDDEN for figure in expected)
        rest = ". No other school has a figure" if hidden < len(expected) else ""
        sentence = f"No trust figure: {_schools(hidden)} not shown, because the figures are about too few people{rest}"
    elif expected:
        sentence = "No trust figure: no school has a figure that it can be calculated from"
    else:
        sentence = "No trust figure: the indicator does not apply to any school"
    return _made(expected, (), None, RollUpMethod.NONE, sentence, "not added up")


def _made(
    expected: Sequence[SchoolFigure],
    counted: Sequence[SchoolFigure],
    value: Decimal | None,
    method: RollUpMethod,
    sentence: str,
    known_but_out: str,
    *,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
) -> CalculatedTrustFigure:
    left_out = tuple(_left_out(expected, counted, known_but_out))
    if left_out and method is not RollUpMethod.NONE:
        sentence += f". Without {join_in_words([f'{school} ({reason})' for school, reason in left_out])}"
    return CalculatedTrustFigure(
        value=value,
        method=method,
        counted=len(counted),
        expected=len(expected),
        left_out=left_out,
        sentence=sentence,
        numerator=numerator,
        denominator=denominator,
    )


def _left_out(
    expected: Sequence[SchoolFigure], counted: Sequence[SchoolFigure], known_but_out: str
) -> Iterator[tuple[str, str]]:
    inside = {id(figure) for figure in counted}
    for figure in expected:
        if id(figure) in inside:
            continue
        if figure.is_known:
            yield figure.school, known_but_out
        elif figure.status is ValueStatus.VALUE:
            yield figure.school, "no figure yet"
        else:
            yield figure.school, figure.status.label.lower()


def _own(figure: SchoolFigure, unit: FigureUnit) -> Decimal:
    if figure.value is not None:
        return figure.value
    assert figure.numerator is not None  # is_known: a figure without a value has its parts.
    assert figure.denominator is not None
    return figure.numerator / figure.denominator * unit.multiplier


def _beginning(
    value: Decimal,
    expected: Sequence[SchoolFigure],
    counted: Sequence[SchoolFigure],
    unit: FigureUnit,
    decimals: int,
) -> str:
    written = figure_in_words(value, unit, decimals)
    if len(counted) < len(expected):
        return f"{written} in {len(counted)} of {_schools(len(expected))}"
    schools = {1: "the one school", 2: "both schools"}.get(len(expected), f"all {len(expected)} schools")
    return f"{written} in {schools}"


def _schools(count: int) -> str:
    return f"{count} school" if count == 1 else f"{count} schools"


def _amount(value: Decimal) -> str:
    return number_in_words(value, 0 if value == value.to_integral_value() else 1)


def _over(above: Decimal, below: Decimal) -> str:
    return f"{_amount(above)} over {_amount(below)}"
