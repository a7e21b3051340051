"""Many schools placed at once: histories in, the probability of every journey for each school out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.rules.terms import label
from trajectories.rules.likelihood import Fit, fit
from trajectories.rules.paths import ANSWERS
from trajectories.rules.reference import ReferenceSet, levels, standard_reference
from trajectories.rules.ruleset import RuleSet, standard_rules
from trajectories.rules.shape import Floats, Shapes, shapes_of


@dataclass(frozen=True, kw_only=True)
class Point:
    """One comparable year of a school, as it went into the placement."""

    year: int
    percentile: float  # National, 100 is best.
    standard_error: float  # Percentile points.
    measure: str | None = None
    estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the engine says of many schools at once; arrays have one entry a school, as ``schools`` has."""

    phase: str
    cut_off: int
    rules: RuleSet
    reference: ReferenceSet
    bounds: dict[str, float]
    schools: list[int | str]
    known: pd.DataFrame  # The comparable years that went in: school, year, percentile, standard_error …
    shapes: Shapes  # What the results alone say, by weighted least squares.
    fit: Fit  # What they say with the paths of the journeys beside them.

    @property
    def letters(self) -> npt.NDArray[np.str_]:
        """Return the most probable letter of each school; empty where a school is not placed."""
        return self._named(self.fit.first, dict(zip(ANSWERS, ANSWERS, strict=True)))

    @property
    def runners_up(self) -> npt.NDArray[np.str_]:
        """Return the second most probable letter of each school; empty where a school is not placed."""
        return self._named(self.fit.second, dict(zip(ANSWERS, ANSWERS, strict=True)))

    @property
    def rule_numbers(self) -> npt.NDArray[np.str_]:
        """Return the number of the rule of each school's letter; empty where a school is not placed."""
        return self._named(self.fit.first, {rule.letter: rule.number for rule in self.rules.rules})

    @property
    def probability(self) -> Floats:
        """Return the probability of each school's letter; NaN where a school is not placed."""
        return np.asarray(self.fit.probabilities.max(axis=1))

    def frame(self) -> pd.DataFrame:
        """Return one row a school, in the order of ``schools``.

        Columns ``school``, ``years`` (how many went in), ``letter``, ``p_a`` to ``p_h``, ``p_none``, ``confidence``
        (the letter's probability), ``rule``, ``runner_up`` and ``reason_not_placed``. A school that is not placed
        has empty words and NaN probabilities.
        """
        reasons = [""] * len(self.schools)
        places = pd.Index(self.schools)
        few = np.flatnonzero(self.fit.first < 0)
        held = self.known[self.known["school"].isin(places[few])].groupby("school")["year"].agg(list)
        for place in few:
            reasons[place] = too_few(held.get(self.schools[place], []), self.rules)
        columns = {f"p_{answer.lower()}": self.fit.probabilities[:, place] for place, answer in enumerate(ANSWERS)}
        return pd.DataFrame(
            {
                "school": self.schools,
                "years": self.shapes.years,
                "letter": self.letters,
                **columns,
                "confidence": self.probability,
                "rule": self.rule_numbers,
                "runner_up": self.runners_up,
                "reason_not_placed": reasons,
            }
        )

    def _named(self, positions: npt.NDArray[np.int64], names: Mapping[str, str]) -> npt.NDArray[np.str_]:
        return np.array([*(names[answer] for answer in ANSWERS), ""])[positions]


def decide(
    history: pd.DataFrame,
    *,
    phase: str,
    cut_off: int | None = None,
    rules: RuleSet | None = None,
    reference: ReferenceSet | None = None,
    usual_error: float | None = None,
) -> Decision:
    """Place every school at once; ``placements`` says the same in words, a school at a time.

    Takes what ``placements`` takes. ``usual_error`` stands in for the phase's usual standard error, in percentile
    points, where the history has none. There is no loop over schools.

    >>> history = pd.DataFrame({"school": 990001, "year": range(2014, 2020), "percentile": [40, 44, 51, 54, 61, 66]})
    >>> decision = decide(history.assign(standard_error=5.0), phase="secondary")
    >>> decision.letters[0].item(), decision.runners_up[0].item(), decision.probability[0].item() > 0.9
    ('F', 'G', True)
    """
    rules, reference = rules or standard_rules(), reference or standard_reference()
    refuse_faults(history)
    last = (int(history["year"].max()) if len(history) else 0) if cut_off is None else cut_off
    schools = list(history["school"].unique())
    known = _comparable(history[history["year"] <= last], phase, rules, usual_error)
    years = np.arange(known["year"].min(), known["year"].max() + 1) if len(known) else np.array([last])
    percentiles = np.full((len(schools), len(years)), np.nan)
    errors = np.ones_like(percentiles)
    row, column = pd.Index(schools).get_indexer(known["school"]), known["year"].to_numpy(int) - years[0]
    percentiles[row, column] = known["percentile"]
    errors[row, column] = known["standard_error"]
    bounds = rules.bounds(phase, levels(reference, phase))
    return Decision(
        phase=phase,
        cut_off=last,
        rules=rules,
        reference=reference,
        bounds=bounds,
        schools=schools,
        known=known,
        shapes=shapes_of(years, percentiles, errors),
        fit=fit(percentiles, errors, rules=rules, bounds=bounds),
    )


def too_few(years: Sequence[int], rules: RuleSet) -> str:
    """Say why a school with comparable results of these years only is not placed.

    >>> too_few([2018, 2019], standard_rules())
    'Not placed: 3 comparable years are needed and there are 2 (2017–18, 2018–19).'
    """
    held = ", ".join(label(int(year)) for year in years)
    return (
        f"Not placed: {rules.years_needed} comparable years are needed and there "
        f"{'is' if len(years) == 1 else 'are'} {len(years) or 'none'}{f' ({held})' if held else ''}."
    )


def refuse_faults(history: pd.DataFrame) -> None:
    """Refuse a history that cannot be placed, naming the row.

    Raises:
        ValueError: a column is missing, a school and year come twice, a percentile is not 0 to 100, or a standard
            error is not above 0.
    """
    missing = [column for column in ("school", "year", "percentile") if column not in history]
    if missing:
        raise ValueError(f"a history needs the columns {', '.join(missing)}")
    twice = history[history.duplicated(["school", "year"])]
    if len(twice):
        raise ValueError(f"two rows for school {twice['school'].iloc[0]} in {twice['year'].iloc[0]}")
    out = history[~history["percentile"].between(0, 100) & history["percentile"].notna()]
    if len(out):
        school, year, percentile = (out[name].iloc[0] for name in ("school", "year", "percentile"))
        raise ValueError(f"school {school} in {year}: {percentile} is not a percentile from 0 to 100")
    bad = history[history["standard_error"] <= 0] if "standard_error" in history else history.iloc[:0]
    if len(bad):
        raise ValueError(f"school {bad['school'].iloc[0]} in {bad['year'].iloc[0]}: a standard error must be above 0")


def _comparable(history: pd.DataFrame, phase: str, rules: RuleSet, usual_error: float | None) -> pd.DataFrame:
    if phase not in rules.standard_error:
        raise ValueError(f"{phase!r} schools are not placed; the phases are {', '.join(rules.standard_error)}")
    blank = {"standard_error": np.nan, "measure": None, "estimated": False}
    known = history.dropna(subset=["percentile"])
    known = known.assign(**{name: value for name, value in blank.items() if name not in known})
    known = known.sort_values("year", ascending=False, kind="stable")
    latest = known.groupby("school")["year"].transform("max")
    known = known[latest - known["year"] < rules.oldest]
    known = known[known.groupby("school").cumcount() < rules.years_considered]
    usual = rules.standard_error[phase] if usual_error is None else usual_error
    return known.assign(standard_error=known["standard_error"].astype(float).fillna(usual)).sort_values("year")


def points_of(known: pd.DataFrame) -> dict[int | str, tuple[Point, ...]]:
    """Return the comparable years of each school, oldest first, from a decision's ``known`` rows."""
    found: dict[int | str, list[Point]] = {}
    for row in known.to_dict("records"):
        point = Point(
            year=int(row["year"]),
            percentile=float(row["percentile"]),
            standard_error=float(row["standard_error"]),
            measure=row["measure"] if isinstance(row["measure"], str) else None,
            estimated=bool(row["estimated"]),
        )
        found.setdefault(row["school"], []).append(point)
    return {school: tuple(points) for school, points in found.items()}
