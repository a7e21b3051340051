"""Write days in words, the same on pages, in letters and in files."""

from datetime import date


def day_in_words(day: date) -> str:
    """Write a day, or the day of a moment, in words.

    >>> day_in_words(date(2025, 11, 3))
    '3 November 2025'
    """
    return f"{day.day} {day:%B %Y}"


def day_and_month(day: date) -> str:
    """Write a day without its year, where the year is clear.

    >>> day_and_month(date(2025, 11, 3))
    '3 November'
    """
    return f"{day.day} {day:%B}"


def weekday_in_words(day: date) -> str:
    """Write a day with its day of the week.

    >>> weekday_in_words(date(2025, 11, 3))
    'Monday 3 November 2025'
    """
    return f"{day:%A} {day_in_words(day)}"
