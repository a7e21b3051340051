"""Turn definitions into plain data, so that they can be stored with the returns that used them, and back."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

from kpis.catalogue.catalogue_files import MISSING, CatalogueSection, indicator_from
from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import FigureSubject

FILE = "kept definition"  # Faults name this instead of a file.
ADDED_LATER = {"about": FigureSubject.PEOPLE.value}  # Of stored definitions without it: hides the most.


class KeptSection(CatalogueSection):
    """One table of a stored definition. Numbers and dates are text, and keys that are no longer known are ignored."""

    def number(self, key: str, default: Any = MISSING) -> Any:
        value = self.text(key, default)
        return value if value is default else Decimal(value)

    def day(self, key: str, default: Any = MISSING) -> date:
        value: str | date = self.take(key, str, default)
        return value if isinstance(value, date) else date.fromisoformat(value)


def as_kept(indicator: Indicator) -> dict[str, Any]:
    """Return a whole indicator as data for JSON. Fields that are None are left out.

    >>> from kpis.catalogue import catalogue_by_code
    >>> kept = as_kept(catalogue_by_code()["AB1"])
    >>> kept["title"], kept["limits"], from_kept(kept) == catalogue_by_code()["AB1"]
    ('Overall absence', {'minimum': '0', 'maximum': '100'}, True)
    """
    content: dict[str, Any] = _plain(indicator)
    return content


def from_kept(content: Mapping[str, Any]) -> Indicator:
    """Return the indicator from stored data. Fields that were added to the program later have their default.

    Raises:
        CatalogueFault: the content was not made by ``as_kept``.
    """
    section = KeptSection(ADDED_LATER | dict(content), FILE, str(content.get("code", "")))
    return indicator_from(section)


@cache
def fingerprint(indicator: Indicator) -> str:
    """Return 64 letters and digits that are the same only for the same definition."""
    return sha256(json.dumps(as_kept(indicator), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(content) for name, content in named if content is not None}
    if isinstance(value, frozenset | tuple):
        return sorted(_plain(item) for item in value)
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, Decimal | date) else value
