"""Read a figure that a person typed, or say what is wrong with it."""

import re
from decimal import ROUND_HALF_UP, Decimal

from kpis.catalogue.kinds import FigureUnit
from tables.numbers import plain_number

KEPT_DECIMALS = Decimal("0.0001")  # The database stores four decimals,
TOO_LARGE = Decimal(10) ** 10  # and ten digits before the point.
PART_TOO_LARGE = Decimal(10) ** 12  # It stores twelve digits of a numerator or denominator, and two decimals.
NUMBER = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,12})?|-?\.[0-9]{1,12}")
YES_AND_NO = {"yes": Decimal(1), "y": Decimal(1), "no": Decimal(0), "n": Decimal(0)}
EXAMPLES = {FigureUnit.POUNDS: "£1,234", FigureUnit.PERCENT: "94.2", FigureUnit.COUNT: "12"}


class UnreadableFigure(ValueError):
    """What was typed is not a figure. The message tells the person what to type instead."""


def parse_figure(typed: str, unit: FigureUnit) -> Decimal:
    """Read a figure in ``unit`` as people write it. Yes is 1 and no is 0.

    Spaces around the figure are ignored, and so is a percent or pound sign that fits the unit. Figures with more than
    four decimals, for example pasted from a spreadsheet, are rounded to four.

    >>> parse_figure(" 94.2% ", FigureUnit.PERCENT), parse_figure("-£1,234", FigureUnit.POUNDS)
    (Decimal('94.2'), Decimal('-1234'))
    >>> parse_figure("yes", FigureUnit.YES_NO)
    Decimal('1')

    Raises:
        Unreadable: with a message for the person.
    """
    text = " ".join(typed.split())
    if unit is FigureUnit.YES_NO:
        if text.lower() not in YES_AND_NO:
            raise UnreadableFigure(f"Answer yes or no, not “{text}”")
        return YES_AND_NO[text.lower()]
    text = _without_signs(plain_number(text.replace("–", "-")), unit)
    if not NUMBER.fullmatch(text):
        raise UnreadableFigure(_advice(text, unit))
    value = Decimal(text.replace(",", ""))
    is_longer = int(value.as_tuple().exponent) < int(KEPT_DECIMALS.as_tuple().exponent)
    return (value.quantize(KEPT_DECIMALS, ROUND_HALF_UP) if is_longer else value) + 0  # Never a negative zero.


def _without_signs(text: str, unit: FigureUnit) -> str:
    if text.endswith("%"):
        if unit is not FigureUnit.PERCENT:
            raise UnreadableFigure(f"This line is in {_unit_name(unit)}, not a percentage: leave out the % sign")
        text = text[:-1].rstrip()
    if "£" in text:
        if unit is not FigureUnit.POUNDS:
            raise UnreadableFigure(f"This line is in {_unit_name(unit)}, not in pounds: leave out the £ sign")
        text = re.sub(r"^(-?) ?£ ?", r"\1", text)
    return re.sub(r"^- ", "-", text)


def _unit_name(unit: FigureUnit) -> str:
    names = {FigureUnit.PERCENT: "per cent", FigureUnit.POUNDS: "pounds", FigureUnit.COUNT: "whole numbers"}
    return names.get(unit, "numbers" if unit in (FigureUnit.RATIO, FigureUnit.SCORE) else unit.label)


def _advice(text: str, unit: FigureUnit) -> str:
    example = EXAMPLES.get(unit, "4.5")
    if not text:
        return f"Enter a number, like {example}"
    if re.fullmatch(r"-?[0-9]+,[0-9]{1,2}", text):
        return f"Use a full stop for decimals: “{text.replace(',', '.')}”, not “{text}”"
    if re.fullmatch(r"\([0-9,.]+\)", text):
        return f"Use a minus sign for a number below zero: “-{text[1:-1]}”, not “{text}”"
    if re.fullmatch(r"-?[0-9.,]+ ?[kKmM]", text):
        return f"Write the number out in full, not “{text}”"
    if re.fullmatch(r"-?[0-9]{13,}.*", text):
        return f"“{text}” is too large"
    return f"“{text}” is not a number: enter a number, like {example}"
