"""Definitions as they are kept beside what was measured by them: plain data, with a fingerprint, and read back."""

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

FILE = "kept definition"  # What a fault names in place of a file.


class KeptSection(CatalogueSection):
    """One table of a kept definition: numbers and days are text, and keys that nobody knows any more may be left."""

    def number(self, key: str, default: Any = MISSING) -> Any:
        value = self.text(key, default)
        return value if value is default else Decimal(value)

    def day(self, key: str, default: Any = MISSING) -> date:
        value: str | date = self.take(key, str, default)
        return value if isinstance(value, date) else date.fromisoformat(value)


def as_kept(indicator: Indicator) -> dict[str, Any]:
    """Return everything an indicator says as data that JSON can hold; what it leaves out is left out.

    >>> from kpis.catalogue import catalogue_by_code
    >>> kept = as_kept(catalogue_by_code()["AB1"])
    >>> kept["title"], kept["limits"], from_kept(kept) == catalogue_by_code()["AB1"]
    ('Overall absence', {'minimum': '0', 'maximum': '100'}, True)
    """
    content: dict[str, Any] = _plain(indicator)
    return content


def from_kept(content: Mapping[str, Any]) -> Indicator:
    """Return the indicator that was kept. What later versions of the program added has its default.

    Raises:
        CatalogueFault: the content was not made by ``as_kept``.
    """
    section = KeptSection(dict(content), FILE, str(content.get("code", "")))
    return indicator_from(section)


@cache
def fingerprint(indicator: Indicator) -> str:
    """Return the same 64 letters for the same definition, and others for any other."""
    return sha256(json.dumps(as_kept(indicator), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: _plain(each) for name, each in named if each is not None}
    if isinstance(value, frozenset | tuple):
        return sorted(_plain(each) for each in value)
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, Decimal | date) else value
