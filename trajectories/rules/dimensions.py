"""The five dimensions of capacity, and what records of them say about offers and needs."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from trajectories.rules import DATA

LEVELS = {"none": "Nothing", "some": "Some", "much": "A lot"}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One dimension of capacity in the source's words, with the questions that a school answers."""

    code: str
    name: str
    source_words: str
    has: str
    needs: str


@cache
def dimensions() -> Mapping[str, Dimension]:
    """Return the five dimensions by code.

    >>> list(dimensions())
    ['people', 'time', 'intellectual', 'financial', 'collaboration']
    """
    data = tomllib.loads((DATA / "dimensions.toml").read_text(encoding="utf-8"))
    return {row["code"]: Dimension(**row) for row in data["dimension"]}


def is_any(levels: Mapping[str, str]) -> bool | None:
    """Return whether a school has anything in the five dimensions, from the latest level of each; None if not known.

    One dimension with something means yes. No needs a record of all five: what nobody has recorded is not known, and
    no flag follows from it.

    Source: trajectories/README.md, rule C5.

    >>> is_any({"people": "some"}), is_any({"people": "none"}), is_any(dict.fromkeys(dimensions(), "none"))
    (True, None, False)

    Raises:
        ValueError: a dimension or a level is not known.
    """
    if set(levels) - set(dimensions()) or set(levels.values()) - set(LEVELS):
        raise ValueError(f"{levels} are not levels of the five dimensions")
    if any(level != "none" for level in levels.values()):
        return True
    return False if set(levels) == set(dimensions()) else None
