"""Warning: which outlooks somebody should hear about before the result is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from trajectories.rules.chances_in_words import chance_in_words
from trajectories.rules.in_year_figures import early_warning

WARNING_CODES = ("warning", "watch", "none", "unknown")  # The most urgent first.
WARNING_LABELS = {"warning": "Warning", "watch": "Watch", "none": "No warning", "unknown": "No forecast"}
LINE_NAMES = {"floor": "the floor", "coasting": "the coasting line", "average": "the national average"}
DECLINES = ("C", "D", "G")
DECLINE = "decline"


@dataclass(frozen=True, kw_only=True)
class WarningRisk:
    """One thing that could happen with the next result. ``is_new`` is true if it is not already the case."""

    code: str  # A line, or "decline".
    probability: float
    is_new: bool

    @property
    def sentence(self) -> str:
        """What could happen, and how likely it is."""
        text = f"{self.what}: {chance_in_words(self.probability)}"
        return text[0].upper() + text[1:]

    @property
    def what(self) -> str:
        """What could happen, given the school's standing now."""
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
) -> tuple[WarningRisk, ...]:
    """Return what could happen with the next result: each line, lowest first, and the journeys C, D and G.

    ``below`` are the probabilities of a result below each line. ``standing`` is the last known national percentile,
    ``lines`` are the percentiles of the lines it was compared with, and ``letter`` is the journey now. A school that is
    already below a line cannot fall below it. Without a known standing, no line counts as already crossed.

    Source: trajectories/README.md, rule W15.
    """
    risks = [
        WarningRisk(code=code, probability=p, is_new=standing is None or code not in lines or standing >= lines[code])
        for code, p in below.items()
        if p is not None
    ]
    if decline is not None:
        risks.append(WarningRisk(code=DECLINE, probability=decline, is_new=letter not in DECLINES))
    return tuple(risks)


def risk_weight(risk: WarningRisk) -> float:
    """Return a risk's chance divided by the chance from which it is a warning: 1 or more is a warning.

    >>> [risk_weight(WarningRisk(code=code, probability=0.3, is_new=True)) for code in ("floor", "average")]
    [1.5, 0.6]
    """
    return round(risk.probability / float(early_warning()["chances"][risk.code]["warning"]), 6)


def greatest_risks(risks: tuple[WarningRisk, ...]) -> WarningRisk | None:
    """Return the largest of the risks that would be new, each measured against its own chance for a warning.

    A fall below the floor weighs more than an equally likely fall below the average.
    """
    return max((risk for risk in risks if risk.is_new), key=risk_weight, default=None)


def warning_code(risks: tuple[WarningRisk, ...]) -> str:
    """Return whether an outlook is a warning, something to watch, neither, or not known.

    >>> warning_code((WarningRisk(code="floor", probability=0.25, is_new=True),)), warning_code(())
    ('warning', 'unknown')
    """
    if not risks:
        return "unknown"
    chances, new = early_warning()["chances"], [risk for risk in risks if risk.is_new]
    codes = (code for code in ("warning", "watch") if any(risk.probability >= chances[risk.code][code] for risk in new))
    return next(codes, "none")
