"""How early warnings are made and how they have come true, read from the rules and the record that ship."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trajectories.rules.chance import percent
from trajectories.rules.in_year import RATES, early_warning
from trajectories.rules.measures import measures
from trajectories.rules.outlook import FURTHEST
from trajectories.rules.warning import DECLINE, LINE_NAMES
from trajectories.rules.warning_record import Record, kept_record


@dataclass(frozen=True, kw_only=True)
class WarningMethod:
    """What the page on method says of early warning."""

    chances: Sequence[tuple[str, str, str]]  # What, from which chance on a warning, from which on to watch.
    effects: Sequence[tuple[str, str, str, int]]  # Measure, rate, what one point more does, rows behind it.
    own_forecast: Mapping[str, Any]
    records: Sequence[tuple[str, tuple[Record, ...]]]  # By measure.
    furthest: int
    source: str


def warning_method() -> WarningMethod:
    """Return the rules of early warning as they are in force. No query."""
    numbers = early_warning()
    kept = kept_record()
    return WarningMethod(
        chances=[
            (_thing(code), percent(each["warning"]), percent(each["watch"]))
            for code, each in numbers["chances"].items()
        ],
        effects=[
            (measures()[code].name, RATES[rate], f"{each['per_point']:.2f}".replace("-", "−"), each["schools"])
            for code, rates in numbers["effects"].items()
            for rate, each in rates.items()
        ],
        own_forecast=numbers["own_forecast"],
        records=[
            (measures()[code].name, tuple(each for each in kept if each.measure == code))
            for code in dict.fromkeys(each.measure for each in kept)
        ],
        furthest=FURTHEST,
        source=numbers["source"],
    )


def _thing(code: str) -> str:
    return "Becoming C, D or G" if code == DECLINE else f"Falling below {LINE_NAMES[code]}"
