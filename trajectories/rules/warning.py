"""Warning: which outlooks somebody should hear of before the result is in."""

from collections.abc import Mapping
from dataclasses import dataclass

from trajectories.rules.chance import chance
from trajectories.rules.in_year import early_warning

CODES = ("warning", "watch", "none", "unknown")  # The most urgent first.
LABELS = {"warning": "Warning", "watch": "Watch", "none": "No warning", "unknown": "No forecast"}
LINE_NAMES = {"floor": "the floor", "coasting": "the coasting line", "average": "the national average"}
DECLINES = ("C", "D", "G")
DECLINE = "decline"


@dataclass(frozen=True, kw_only=True)
class Risk:
    """One thing that could happen with the next result. ``is_new`` says that it is not so already."""

    code: str  # A line, or "decline".
    probability: float
    is_new: bool

    @property
    def sentence(self) -> str:
        """Say what could happen, and how likely it is."""
        said = f"{self.what}: {chance(self.probability)}"
        return said[0].upper() + said[1:]

    @property
    def what(self) -> str:
        """Name what could happen, from where the school stands now."""
        if self.code == DECLINE:
            return "becoming C, D or G" if self.is_new else "staying on C, D or G"
        return f"falling below {LINE_NAMES[self.code]}" if self.is_new else f"staying below {LINE_NAMES[self.code]}"


def risks_of(
    below: Mapping[str, float | None],
    decline: float | None,
    *,
    standing: float | None,
    lines: Mapping[str, float],
    letter: str,
) -> tuple[Risk, ...]:
    """Return what could happen with the next result: each line, lowest first, and the journeys C, D and G.

    ``below`` are the probabilities of a result below each line, ``standing`` the last known national percentile and
    ``lines`` the percentiles of the lines it was held against, ``letter`` the journey now. A line that the school is
    below already cannot be crossed downwards; without a known standing nothing counts as crossed already.

    Source: trajectories/README.md, rule W15.
    """
    found = [
        Risk(code=code, probability=p, is_new=standing is None or code not in lines or standing >= lines[code])
        for code, p in below.items()
        if p is not None
    ]
    if decline is not None:
        found.append(Risk(code=DECLINE, probability=decline, is_new=letter not in DECLINES))
    return tuple(found)


def weight(risk: Risk) -> float:
    """Return how a risk's chance compares with the one from which on it is a warning: 1 and more is a warning.

    >>> [weight(Risk(code=code, probability=0.3, is_new=True)) for code in ("floor", "average")]
    [1.5, 0.6]
    """
    return round(risk.probability / float(early_warning()["chances"][risk.code]["warning"]), 6)


def greatest(risks: tuple[Risk, ...]) -> Risk | None:
    """Return the greatest of the risks that would be new, each beside its own chance for a warning.

    A fall below the floor weighs more than one below the average that is as likely.
    """
    return max((each for each in risks if each.is_new), key=weight, default=None)


def code_of(risks: tuple[Risk, ...]) -> str:
    """Say whether an outlook is a warning, something to watch, neither, or not known.

    >>> code_of((Risk(code="floor", probability=0.25, is_new=True),)), code_of(())
    ('warning', 'unknown')
    """
    if not risks:
        return "unknown"
    chances, new = early_warning()["chances"], [each for each in risks if each.is_new]
    found = (code for code in ("warning", "watch") if any(each.probability >= chances[each.code][code] for each in new))
    return next(found, "none")
