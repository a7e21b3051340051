"""Write figures with their unit and sign, in the same way on screen, on paper and in sentences."""

from decimal import ROUND_HALF_UP, Decimal

from kpis.catalogue.kinds import Unit

MINUS = "−"
WORDS_AFTER = {
    Unit.PERCENT: "%",
    Unit.PERCENTAGE_POINTS: " percentage points",
    Unit.PER_100_PUPILS: " per 100 pupils",
    Unit.POINTS: " points",
    Unit.DAYS: " days",
}
ONE_OF = {Unit.PERCENTAGE_POINTS: " percentage point", Unit.POINTS: " point", Unit.DAYS: " day"}


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero, as people do on paper. The result is never a negative zero.

    >>> rounded(Decimal("92.85"), 1), rounded(Decimal("-0.004"), 2)
    (Decimal('92.9'), Decimal('0.00'))
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + 0


def number(value: Decimal, decimals: int) -> str:
    """Write a number with commas between thousands and a true minus sign.

    >>> number(Decimal("-1234.5"), 1)
    '−1,234.5'
    """
    return f"{rounded(value, decimals):,}".replace("-", MINUS)


def figure(value: Decimal, unit: Unit, decimals: int) -> str:
    """Write a figure with its unit, as pages show it.

    >>> figure(Decimal("92.94"), Unit.PERCENT, 1), figure(Decimal("-1234"), Unit.POUNDS, 0)
    ('92.9%', '−£1,234')
    >>> figure(Decimal(1), Unit.YES_NO, 0), figure(Decimal(1), Unit.DAYS, 0)
    ('Yes', '1 day')
    """
    if unit is Unit.YES_NO:
        return "Yes" if value else "No"
    written = number(value, decimals)
    if unit is Unit.POUNDS:
        return f"{MINUS}£{written[1:]}" if written.startswith(MINUS) else f"£{written}"
    if decimals == 0 and rounded(value, 0) == 1 and unit in ONE_OF:
        return written + ONE_OF[unit]
    return written + WORDS_AFTER.get(unit, "")


def difference(amount: Decimal, unit: Unit, decimals: int) -> str:
    """Write the size of a difference between two figures, without its sign.

    The difference between two percentages is in percentage points.

    >>> difference(Decimal("-1.1"), Unit.PERCENT, 1)
    '1.1 percentage points'
    >>> difference(Decimal("0.5"), Unit.PER_100_PUPILS, 1), difference(Decimal(300), Unit.POUNDS, 0)
    ('0.5 per 100 pupils', '£300')
    """
    return figure(abs(amount), Unit.PERCENTAGE_POINTS if unit is Unit.PERCENT else unit, decimals)


def join(parts: list[str], word: str = "and") -> str:
    """Join names with commas, and a word before the last.

    >>> join(["Oak", "Elm", "Ash"])
    'Oak, Elm and Ash'
    """
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
