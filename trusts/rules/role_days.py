"""Decide which days a role may have."""

from datetime import date, timedelta

from tables.dates import day_in_words


class RoleDaysRefused(ValueError):
    """A role cannot have these days. The message says why, for the person who asked."""


def check_ending(*, last_day: date | None, new_last_day: date, today: date) -> None:
    """Check that a role may end on ``new_last_day``: it has not ended, and it does not end later than it would.

    A role that ends at once has yesterday as its last day. ``last_day`` is None for a role without a last day.

    >>> check_ending(last_day=None, new_last_day=date(2026, 5, 1), today=date(2026, 4, 1))
    >>> check_ending(  # doctest: +ELLIPSIS
    ...     last_day=date(2026, 5, 1), new_last_day=date(2026, 5, 2), today=date(2026, 4, 1)
    ... )
    Traceback (most recent call last):
    ...
    trusts.rules.role_days.RoleDaysRefused: The role ends on 1 May 2026 and can only end earlier. ...

    Raises:
        RoleDaysRefused: the role has ended, or the day has passed or is later than the role's last day.
    """
    if last_day is not None and last_day < today:
        raise RoleDaysRefused(f"This role ended on {day_in_words(last_day)}")
    if new_last_day < today - timedelta(days=1):
        raise RoleDaysRefused("The last day must be today or later")
    if last_day is not None and new_last_day > last_day:
        raise RoleDaysRefused(
            f"The role ends on {day_in_words(last_day)} and can only end earlier. To give more time, invite the person"
        )


def check_time(*, first_day: date, last_day: date | None, longest: timedelta | None) -> None:
    """Check that a role for a limited time has a last day, at most ``longest`` after its first.

    ``longest`` is None for a role without a limit.

    >>> check_time(first_day=date(2026, 4, 1), last_day=date(2027, 4, 1), longest=timedelta(days=365))
    >>> check_time(first_day=date(2026, 4, 1), last_day=date(2027, 4, 2), longest=timedelta(days=365))
    Traceback (most recent call last):
    ...
    trusts.rules.role_days.RoleDaysRefused: The last day can be 1 April 2027 at the latest

    Raises:
        RoleDaysRefused: the last day is missing or too late.
    """
    if longest is None:
        return
    if last_day is None:
        raise RoleDaysRefused("Enter the last day of this role")
    if last_day > first_day + longest:
        raise RoleDaysRefused(f"The last day can be {day_in_words(first_day + longest)} at the latest")
