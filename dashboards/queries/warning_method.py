"""Read how early warnings are made, and how often they came true, from the rules and the stored record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trajectories.rules.chances_in_words import percent_in_words
from trajectories.rules.in_year_figures import RATES, early_warning
from trajectories.rules.measures import measures
from trajectories.rules.outlook import FURTHEST
from trajectories.rules.warning import DECLINE, LINE_NAMES
from trajectories.rules.warning_record import WarningRecord, kept_record


@dataclass(frozen=True, kw_only=True)
class WarningMethod:
    """The part of the method page about early warnings."""

    chances: Sequence[tuple[str, str, str]]  # What, the lowest chance for a warning, the lowest chance for watching.
    effects: Sequence[tuple[str, str, str, int]]  # Measure, rate, the effect of one more point, number of schools.
    own_forecast: Mapping[str, Any]
    records: Sequence[tuple[str, tuple[WarningRecord, ...]]]  # By measure.
    furthest: int
    source: str


def warning_method() -> WarningMethod:
    """Return the rules in force for early warnings. No query."""
    numbers = early_warning()
    kept = kept_record()
    return WarningMethod(
        chances=[
            (_thing(code), percent_in_words(chances["warning"]), percent_in_words(chances["watch"]))
            for code, chances in numbers["chances"].items()
        ],
        effects=[
            (measures()[code].name, RATES[rate], f"{effect['per_point']:.2f}".replace("-", "−"), effect["schools"])
            for code, rates in numbers["effects"].items()
            for rate, effect in rates.items()
        ],
        own_forecast=numbers["own_forecast"],
        records=[
            (measures()[code].name, tuple(record for record in kept if record.measure == code))
            for code in dict.fromkeys(record.measure for record in kept)
        ],
        furthest=FURTHEST,
        source=numbers["source"],
    )


def _thing(code: str) -> str:
    return "Becoming C, D or G" if code == DECLINE else f"Falling below {LINE_NAMES[code]}"
