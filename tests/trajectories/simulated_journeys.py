"""Simulated schools whose true journey is unmistakable, in national percentile points."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

JOURNEYS = ("A", "B", "C", "D", "E", "F", "G", "H", "none")
COLUMNS = [f"p_{letter.lower()}" for letter in JOURNEYS]
NOISE = 5.0  # Percentile points a year.
Draw = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to draw schools. Ranges are percentile points, slopes points a year, bends years from the middle."""

    years: int = 6
    unpublished: tuple[int, ...] = ()  # Positions of years without results.
    flat: float = 0.6
    top: tuple[float, float] = (88, 98)
    weakest: tuple[float, float] = (0, 10)
    rapid: tuple[float, float] = (10, 14)
    crossing: tuple[float, float] = (42, 58)
    steady: tuple[float, float] = (4, 6.5)
    middle: tuple[float, float] = (28, 72)
    rise: tuple[float, float] = (10, 15)
    then: tuple[float, float] = (-6, 0)
    bend: tuple[float, ...] = (0.0,)
    noise: float = NOISE
    degrees: float | None = None  # Degrees of freedom of t-distributed noise; None means normal noise.
    clip: tuple[float, float] = (0.5, 99.5)
    error: float | None = NOISE  # The standard error in the file; None if it has no such column.


BASE = Variant()
VARIANTS = {
    "as described": BASE,
    "G's stall is flat": replace(BASE, then=(-0.6, 0.6)),
    "G's stall falls": replace(BASE, then=(-10, -3)),
    "G turns half a year early or late": replace(BASE, bend=(-0.5, 0.0, 0.5)),
    "slopes at the slow end": replace(BASE, rapid=(10, 10.5), steady=(4, 4.5), rise=(10, 11)),
    "slopes at the fast end": replace(BASE, rapid=(13.5, 14), steady=(6, 6.5), rise=(14, 16)),
    "starts anywhere": replace(BASE, crossing=(35, 65), middle=(18, 82)),
    "noise with long tails": replace(BASE, degrees=4),
    "not kept inside the scale by much": replace(BASE, clip=(0, 100)),
    "no standard error in the file": replace(BASE, error=None),
    "the third and fourth year unpublished": replace(BASE, unpublished=(2, 3)),
    "eight years": replace(BASE, years=8),
    "five years": replace(BASE, years=5),
    "four years": replace(BASE, years=4),
    "four years, G's stall is flat": replace(BASE, years=4, then=(-0.6, 0.6)),
    "four years, starts anywhere": replace(BASE, years=4, crossing=(35, 65), middle=(18, 82)),
    "three years": replace(BASE, years=3),
}


def _path(letter: str, draw: Draw, how: Variant) -> np.ndarray:
    time = np.arange(how.years) - (how.years - 1) / 2
    slope = draw.uniform(-how.flat, how.flat)
    if letter == "A":
        return draw.uniform(*how.top) + slope * time
    if letter == "H":
        return draw.uniform(*how.weakest) + slope * time
    if letter in "BC":
        return draw.uniform(*how.crossing) + draw.uniform(*how.rapid) * (1 if letter == "B" else -1) * time
    if letter in "FD":
        return draw.uniform(*how.middle) + draw.uniform(*how.steady) * (1 if letter == "F" else -1) * time
    if letter == "E":
        return draw.uniform(54, 76) + slope * time
    if letter == "G":
        time = time - draw.choice(how.bend)
        rise, then = draw.uniform(*how.rise), draw.uniform(*how.then)
        return draw.uniform(30, 80) + rise * np.minimum(time, 0) + then * np.maximum(time, 0)
    return draw.uniform(26, 40) + slope * time


def _is_unmistakable(letter: str, path: np.ndarray) -> bool:
    inside = {"A": (88, 100), "H": (0, 10), "E": (54, 76), "G": (0, 85), "none": (26, 40)}
    lowest, highest = inside.get(letter, (0, 100))
    across = path.min() < 50 < path.max() if letter in "BC" else True
    return bool(path.min() >= lowest and path.max() < highest and across)


def history(letter: str, schools: int, years: int = 6, *, seed: int = 1, how: Variant = BASE) -> pd.DataFrame:
    """Return ``schools`` simulated schools of one journey as the rows that ``place_schools`` takes."""
    how = replace(how, years=years) if how is BASE else how
    draw = np.random.default_rng([seed, how.years, JOURNEYS.index(letter)])
    paths: list[np.ndarray] = []
    while len(paths) < schools:
        path = _path(letter, draw, how)
        if _is_unmistakable(letter, path):
            paths.append(path)
    shape = (schools, how.years)
    if how.degrees is None:
        noise = draw.normal(0, how.noise, shape)
    else:
        noise = draw.standard_t(how.degrees, shape) * how.noise / np.sqrt(how.degrees / (how.degrees - 2))
    seen = np.clip(np.array(paths) + noise, *how.clip)
    seen[:, list(how.unpublished)] = np.nan
    frame = pd.DataFrame(
        {
            "school": np.repeat([f"{letter}{number}" for number in range(schools)], how.years),
            "year": np.tile(np.arange(2014, 2014 + how.years), schools),
            "percentile": seen.ravel(),
        }
    )
    return frame if how.error is None else frame.assign(standard_error=how.error)


def histories(schools: int, *, how: Variant = BASE, seed: int = 1) -> pd.DataFrame:
    """Return the same number of simulated schools for every answer, with the ``true`` answer in each row."""
    drawn = [history(letter, schools, how.years, seed=seed, how=how).assign(true=letter) for letter in JOURNEYS]
    return pd.concat(drawn, ignore_index=True)


def scored(placed: pd.DataFrame, true: pd.Series) -> dict[str, float]:
    """Return the shares of schools that got their letter, and how far the probabilities are from what happened.

    ``placed`` is a decision's frame. ``in_tenths`` is the largest distance, over the tenths of the scale with at
    least 200 cases, between the mean probability and the share that happened; ``letter_in_tenths`` of the letters'
    own probabilities only.
    """
    right = placed["letter"].to_numpy() == true.to_numpy()
    second = placed["runner_up"].to_numpy() == true.to_numpy()
    sure = placed["confidence"].to_numpy() > 0.8
    happened = true.to_numpy()[:, None] == np.array(JOURNEYS)
    return {
        "right": right.mean(),
        "in_two": (right | second).mean(),
        "sure": sure.mean(),
        "right_when_sure": right[sure].mean(),
        "in_tenths": _furthest(placed[COLUMNS].to_numpy().ravel(), happened.ravel()),
        "letter_in_tenths": _furthest(placed["confidence"].to_numpy(), right),
    }


def _furthest(given: np.ndarray, happened: np.ndarray) -> float:
    tenth = np.minimum((given * 10).astype(int), 9)
    inside = [tenth == place for place in range(10) if (tenth == place).sum() >= 200]
    return max(abs(happened[schools].mean() - given[schools].mean()) for schools in inside)


def table(place: Callable[[pd.DataFrame], pd.DataFrame], *, schools: int, seed: int = 1) -> pd.DataFrame:
    """Score every variant. ``place`` takes a history and returns a decision's frame."""
    rows = {}
    for name, how in VARIANTS.items():
        drawn = histories(schools, how=how, seed=seed)
        true = drawn.drop_duplicates("school")["true"]
        rows[name] = scored(place(drawn), true)
    return pd.DataFrame(rows).T
