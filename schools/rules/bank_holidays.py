"""Calculate England's bank holidays from their rules.

Source: Banking and Financial Dealings Act 1971, schedule 1, royal proclamations and gov.uk/bank-holidays. We considered
a library, but nine rules and five single days do not justify a dependency that we would have to keep up to date.
"""

from datetime import date, timedelta

from schools.rules.terms import easter

MONDAY, SATURDAY = 0, 5
# Single days that were moved, or added once.
MOVED = {
    (2020, "Early May bank holiday"): date(2020, 5, 8),
    (2022, "Spring bank holiday"): date(2022, 6, 2),
}
GIVEN = {
    date(2022, 6, 3): "Platinum Jubilee bank holiday",
    date(2022, 9, 19): "Bank holiday for the State Funeral",
    date(2023, 5, 8): "Bank holiday for the coronation",
}


def bank_holidays(year: int) -> dict[date, str]:
    """Return England's bank holidays in a calendar year, in order, with their names.

    A holiday on a weekend moves to the next day that is neither on a weekend nor a holiday.

    >>> from tables.dates import day_and_month
    >>> [day_and_month(day) for day in bank_holidays(2026)]
    ['1 January', '3 April', '6 April', '4 May', '25 May', '31 August', '25 December', '28 December']
    """
    sunday = easter(year)
    by_rule = {
        "New Year’s Day": date(year, 1, 1),
        "Good Friday": sunday - timedelta(days=2),
        "Easter Monday": sunday + timedelta(days=1),
        "Early May bank holiday": _monday_from(date(year, 5, 1)),
        "Spring bank holiday": _monday_from(date(year, 5, 25)),
        "Summer bank holiday": _monday_from(date(year, 8, 25)),
        "Christmas Day": date(year, 12, 25),
        "Boxing Day": date(year, 12, 26),
    }
    found: dict[date, str] = {}
    named = {name: MOVED.get((year, name), day) for name, day in by_rule.items()}
    # Weekdays first: if Christmas Day is a Sunday and Boxing Day the Monday, Christmas Day moves to the Tuesday.
    for name, day in sorted(named.items(), key=lambda holiday: holiday[1].weekday() >= SATURDAY):
        while day.weekday() >= SATURDAY or day in found:
            day += timedelta(days=1)
        found[day] = name
    found |= {day: name for day, name in GIVEN.items() if day.year == year}
    return dict(sorted(found.items()))


def bank_holiday_name(day: date) -> str:
    """Return the name of the bank holiday on a day, or an empty text.

    >>> bank_holiday_name(date(2025, 12, 25)), bank_holiday_name(date(2025, 12, 24))
    ('Christmas Day', '')
    """
    return bank_holidays(day.year).get(day, "")


def is_working(day: date) -> bool:
    """Return whether a day is neither on a weekend nor a bank holiday."""
    return day.weekday() < SATURDAY and not bank_holiday_name(day)


def _monday_from(day: date) -> date:
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)
