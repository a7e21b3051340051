"""Placing many schools at once: histories in, the probability of every journey for each school out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from schools.rules.terms import school_year_label
from trajectories.rules.comparable_years import ComparableYears, comparable_years_of
from trajectories.rules.journey_paths import ANSWERS
from trajectories.rules.journey_rules import JourneyRules, standard_rules
from trajectories.rules.likelihood import PathFit, fit_paths
from trajectories.rules.reference_lines import ReferenceSet, line_percentiles_of, standard_reference
from trajectories.rules.shape import Floats, HistoryShapes, shapes_of


@dataclass(frozen=True, kw_only=True)
class PlacementYear:
    """One comparable year of a school, as the placement uses it."""

    year: int
    percentile: float  # National, 100 is best.
    standard_error: float  # Percentile points.
    measure: str | None = None
    estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class JourneyProbabilities:
    """What the engine answers about many schools at once. Arrays have one entry for each of ``schools``."""

    phase: str
    cut_off: int
    rules: JourneyRules
    reference: ReferenceSet
    bounds: dict[str, float]
    evidence: ComparableYears
    fit: PathFit  # What the results say once they are compared with the paths of the journeys.

    @property
    def schools(self) -> list[int | str]:
        """Return the schools, in the order of their first rows."""
        return self.evidence.schools

    @property
    def known(self) -> pd.DataFrame:
        """Return the comparable years used, oldest first: school, year, percentile, standard_error …"""
        return self.evidence.known

    @cached_property
    def shapes(self) -> HistoryShapes:
        """Return the shapes of the results alone, by weighted least squares."""
        years = np.arange(self.evidence.percentiles.shape[1])
        return shapes_of(years, self.evidence.percentiles, self.evidence.errors)

    @property
    def letters(self) -> npt.NDArray[np.str_]:
        """Return the most probable letter of each school, empty for a school that is not placed."""
        return self._named(self.fit.first, dict(zip(ANSWERS, ANSWERS, strict=True)))

    @property
    def runners_up(self) -> npt.NDArray[np.str_]:
        """Return the second most probable letter of each school, empty for a school that is not placed."""
        return self._named(self.fit.second, dict(zip(ANSWERS, ANSWERS, strict=True)))

    @property
    def rule_numbers(self) -> npt.NDArray[np.str_]:
        """Return the rule number of each school's letter, empty for a school that is not placed."""
        return self._named(self.fit.first, {rule.letter: rule.number for rule in self.rules.rules})

    @property
    def probability(self) -> Floats:
        """Return the probability of each school's letter, NaN for a school that is not placed."""
        return np.asarray(self.fit.probabilities.max(axis=1))

    def frame(self) -> pd.DataFrame:
        """Return one row for each school, in the order of ``schools``.

        Columns ``school``, ``years`` (how many were used), ``letter``, ``p_a`` to ``p_h``, ``p_none``, ``confidence``
        (the letter's probability), ``rule``, ``runner_up`` and ``reason_not_placed``. A school that is not placed has
        empty texts and NaN probabilities.
        """
        columns = {f"p_{answer.lower()}": self.fit.probabilities[:, place] for place, answer in enumerate(ANSWERS)}
        return pd.DataFrame(
            {
                "school": self.schools,
                "years": (~np.isnan(self.evidence.percentiles)).sum(axis=1),
                "letter": self.letters,
                **columns,
                "confidence": self.probability,
                "rule": self.rule_numbers,
                "runner_up": self.runners_up,
                "reason_not_placed": self._reasons(),
            }
        )

    def _reasons(self) -> npt.NDArray[np.object_]:
        """Return why each school is not placed, empty if it is. Each different set of years is written only once."""
        few = self.fit.first < 0
        held = ~np.isnan(self.evidence.percentiles[few])
        years = self.evidence.latest[few, None] + np.arange(1 - held.shape[1], 1)
        sets, which = np.unique(np.where(held, years, 0), axis=0, return_inverse=True)
        texts = [too_few([year for year in years_held if year], self.rules) for years_held in sets.tolist()]
        reasons = np.full(len(few), "", dtype=object)
        reasons[few] = np.array(texts, dtype=object)[which.ravel()]
        return reasons

    def _named(self, positions: npt.NDArray[np.int64], names: Mapping[str, str]) -> npt.NDArray[np.str_]:
        return np.array([*(names[answer] for answer in ANSWERS), ""])[positions]


def place_schools(
    history: pd.DataFrame,
    *,
    phase: str,
    cut_off: int | None = None,
    rules: JourneyRules | None = None,
    reference: ReferenceSet | None = None,
    usual_error: float | None = None,
) -> JourneyProbabilities:
    """Place every school at once. ``placements`` gives the same answers in words, one school at a time.

    The arguments are those of ``placements``. ``usual_error`` replaces the phase's usual standard error, in percentile
    points, where the history has none. There is no loop over schools.

    >>> history = pd.DataFrame({"school": 990001, "year": range(2014, 2020), "percentile": [40, 44, 51, 54, 61, 66]})
    >>> decision = place_schools(history.assign(standard_error=5.0), phase="secondary")
    >>> decision.letters[0].item(), decision.runners_up[0].item(), decision.probability[0].item() > 0.9
    ('F', 'G', True)
    """
    rules, reference = rules or standard_rules(), reference or standard_reference()
    last = (int(history["year"].max()) if len(history) else 0) if cut_off is None else cut_off
    evidence = comparable_years_of(history, phase=phase, cut_off=last, rules=rules, usual_error=usual_error)
    bounds = rules.bounds(phase, line_percentiles_of(reference, phase))
    return JourneyProbabilities(
        phase=phase,
        cut_off=last,
        rules=rules,
        reference=reference,
        bounds=bounds,
        evidence=evidence,
        fit=fit_paths(evidence.percentiles, evidence.errors, rules=rules, bounds=bounds),
    )


def too_few(years: Sequence[int], rules: JourneyRules) -> str:
    """Return why a school that has comparable results only for these years is not placed.

    >>> too_few([2018, 2019], standard_rules())
    'Not placed: 3 comparable years are needed and there are 2 (2017–18, 2018–19).'
    """
    held = ", ".join(school_year_label(int(year)) for year in years)
    return (
        f"Not placed: {rules.years_needed} comparable years are needed and there "
        f"{'is' if len(years) == 1 else 'are'} {len(years) or 'none'}{f' ({held})' if held else ''}."
    )


def points_of(known: pd.DataFrame) -> dict[int | str, tuple[PlacementYear, ...]]:
    """Return the comparable years of each school, oldest first, from a decision's ``known`` rows."""
    by_school: dict[int | str, list[PlacementYear]] = {}
    for row in known.to_dict("records"):
        point = PlacementYear(
            year=int(row["year"]),
            percentile=float(row["percentile"]),
            standard_error=float(row["standard_error"]),
            measure=row["measure"] if isinstance(row["measure"], str) else None,
            estimated=bool(row["estimated"]),
        )
        by_school.setdefault(row["school"], []).append(point)
    return {school: tuple(points) for school, points in by_school.items()}
