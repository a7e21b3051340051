"""The trajectory rules applied to many schools at once: histories in, the rule that fired for each out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trajectories.rules.reference import ReferenceSet, levels, standard_reference
from trajectories.rules.ruleset import NearMiss, RuleSet, fired, near_misses, standard_rules
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
    """What the rules say of many schools at once; arrays have one entry a school, as ``schools`` has."""

    phase: str
    cut_off: int
    rules: RuleSet
    reference: ReferenceSet
    bounds: dict[str, float]
    schools: list[int | str]
    known: pd.DataFrame  # The comparable years that went in: school, year, percentile, standard_error …
    shapes: Shapes
    which: npt.NDArray[np.int64]  # Position of the rule that fired.
    near: NearMiss

    @property
    def letters(self) -> npt.NDArray[np.str_]:
        """Return the letter of each school; empty where a school is not placed."""
        names = np.array([rule.letter for rule in self.rules.rules])
        return np.where(self.shapes.years >= self.rules.years_needed, names[self.which], "")


def decide(
    history: pd.DataFrame,
    *,
    phase: str,
    cut_off: int | None = None,
    rules: RuleSet | None = None,
    reference: ReferenceSet | None = None,
) -> Decision:
    """Apply the rules to every school at once; ``placements`` says the same in words, a school at a time.

    Takes what ``placements`` takes. There is no loop over schools.
    """
    rules, reference = rules or standard_rules(), reference or standard_reference()
    _refuse_faults(history)
    last = (int(history["year"].max()) if len(history) else 0) if cut_off is None else cut_off
    schools = list(history["school"].unique())
    known = _comparable(history[history["year"] <= last], phase, rules)
    years = np.arange(known["year"].min(), known["year"].max() + 1) if len(known) else np.array([last])
    percentiles = np.full((len(schools), len(years)), np.nan)
    errors = np.ones_like(percentiles)
    row, column = pd.Index(schools).get_indexer(known["school"]), known["year"].to_numpy(int) - years[0]
    percentiles[row, column] = known["percentile"]
    errors[row, column] = known["standard_error"]
    shapes = shapes_of(years, percentiles, errors)
    features, spread = _features(shapes)
    bounds = rules.bounds(phase, levels(reference, phase))
    return Decision(
        phase=phase,
        cut_off=last,
        rules=rules,
        reference=reference,
        bounds=bounds,
        schools=schools,
        known=known,
        shapes=shapes,
        which=fired(features, rules, bounds),
        near=near_misses(features, spread, rules, bounds),
    )


def _refuse_faults(history: pd.DataFrame) -> None:
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


def _comparable(history: pd.DataFrame, phase: str, rules: RuleSet) -> pd.DataFrame:
    if phase not in rules.standard_error:
        raise ValueError(f"{phase!r} schools are not placed; the phases are {', '.join(rules.standard_error)}")
    blank = {"standard_error": np.nan, "measure": None, "estimated": False}
    known = history.dropna(subset=["percentile"])
    known = known.assign(**{name: value for name, value in blank.items() if name not in known})
    known = known.sort_values("year", ascending=False, kind="stable")
    latest = known.groupby("school")["year"].transform("max")
    known = known[latest - known["year"] < rules.oldest]
    known = known[known.groupby("school").cumcount() < rules.years_considered]
    usual = rules.standard_error[phase]
    return known.assign(standard_error=known["standard_error"].astype(float).fillna(usual)).sort_values("year")


def _features(shapes: Shapes) -> tuple[dict[str, Floats], dict[str, Floats]]:
    names = ("level", "slope", "before", "after", "end")
    features = {name: getattr(shapes, name) for name in names} | {"years": shapes.years}
    return features, {name: getattr(shapes, f"{name}_se") for name in names}


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
