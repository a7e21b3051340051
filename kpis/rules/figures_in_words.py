"""Write figures with their unit and sign, in the same way on screen, on paper and in sentences."""

from decimal import ROUND_HALF_UP, Decimal

from kpis.catalogue.kinds import FigureUnit

MINUS = "−"
WORDS_AFTER = {
    FigureUnit.PERCENT: "%",
    FigureUnit.PERCENTAGE_POINTS: " percentage points",
    FigureUnit.PER_100_PUPILS: " per 100 pupils",
    FigureUnit.POINTS: " points",
    FigureUnit.DAYS: " days",
}
ONE_OF = {FigureUnit.PERCENTAGE_POINTS: " percentage point", FigureUnit.POINTS: " point", FigureUnit.DAYS: " day"}


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero, as people do on paper. The result is never a negative zero.

    >>> round_half_up(Decimal("92.85"), 1), round_half_up(Decimal("-0.004"), 2)
    (Decimal('92.9'), Decimal('0.00'))
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + 0


def number_in_words(value: Decimal, decimals: int) -> str:
    """Write a number with commas between thousands and a true minus sign.

    >>> number_in_words(Decimal("-1234.5"), 1)
    '−1,234.5'
    """
    return f"{round_half_up(value, decimals):,}".replace("-", MINUS)


def figure_in_words(value: Decimal, unit: FigureUnit, decimals: int) -> str:
    """Write a figure with its unit, as pages show it.

    >>> figure_in_words(Decimal("92.94"), FigureUnit.PERCENT, 1)
    '92.9%'
    >>> figure_in_words(Decimal("-1234"), FigureUnit.POUNDS, 0)
    '−£1,234'
    >>> figure_in_words(Decimal(1), FigureUnit.YES_NO, 0), figure_in_words(Decimal(1), FigureUnit.DAYS, 0)
    ('Yes', '1 day')
    >>> figure_in_words(Decimal("47.46"), FigureUnit.POUNDS, 1)
    '£47.50'
    """
    if unit is FigureUnit.YES_NO:
        return "Yes" if value else "No"
    if unit is FigureUnit.POUNDS and decimals == 1:  # Pence always have two digits.
        value, decimals = round_half_up(value, 1), 2
    written = number_in_words(value, decimals)
    if unit is FigureUnit.POUNDS:
        return f"{MINUS}£{written[1:]}" if written.startswith(MINUS) else f"£{written}"
    if decimals == 0 and round_half_up(value, 0) == 1 and unit in ONE_OF:
        return written + ONE_OF[unit]
    return written + WORDS_AFTER.get(unit, "")


def number_as_typed(value: Decimal | None) -> str:
    """Write a stored figure as a person would type it: without a unit, and without the zeros that the database adds.

    >>> number_as_typed(Decimal("1234.5000")), number_as_typed(Decimal("900.00")), number_as_typed(None)
    ('1234.5', '900', '')
    """
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole_percentile(percentile: float) -> int:
    """Round a percentile to a whole number, half up, so that sentences, tables and charts show the same one.

    >>> whole_percentile(14.5), whole_percentile(15.5), whole_percentile(14.49)
    (15, 16, 14)
    """
    return int(percentile + 0.5)


def ordinal(place: float) -> str:
    """Write a place in an order, such as a percentile, rounded to a whole number.

    >>> ordinal(62.4), ordinal(11.0), ordinal(1.2), ordinal(92.5)
    ('62nd', '11th', '1st', '93rd')
    """
    whole = whole_percentile(place)
    ending = "th" if whole % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{ending}"


def difference_in_words(amount: Decimal, unit: FigureUnit, decimals: int) -> str:
    """Write the size of a difference between two figures, without its sign.

    The difference between two percentages is in percentage points.

    >>> difference_in_words(Decimal("-1.1"), FigureUnit.PERCENT, 1)
    '1.1 percentage points'
    >>> difference_in_words(Decimal("0.5"), FigureUnit.PER_100_PUPILS, 1)
    '0.5 per 100 pupils'
    >>> difference_in_words(Decimal(300), FigureUnit.POUNDS, 0)
    '£300'
    """
    return figure_in_words(abs(amount), FigureUnit.PERCENTAGE_POINTS if unit is FigureUnit.PERCENT else unit, decimals)
