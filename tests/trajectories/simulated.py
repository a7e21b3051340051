"""Simulated schools whose true journey is unmistakable, in national percentile points."""

import numpy as np
import pandas as pd

JOURNEYS = ("A", "B", "C", "D", "E", "F", "G", "H", "none")
NOISE = 5.0  # Percentile points a year.
FLAT = 0.6  # Percentile points a year.


def _path(letter: str, years: int, draw: np.random.Generator) -> np.ndarray:
    time = np.arange(years) - (years - 1) / 2
    slope = draw.uniform(-FLAT, FLAT)
    if letter == "A":
        return draw.uniform(88, 98) + slope * time
    if letter == "H":
        return draw.uniform(0, 10) + slope * time
    if letter in "BC":
        return draw.uniform(42, 58) + draw.uniform(10, 14) * (1 if letter == "B" else -1) * time
    if letter in "FD":
        return draw.uniform(28, 72) + draw.uniform(4, 6.5) * (1 if letter == "F" else -1) * time
    if letter == "E":
        return draw.uniform(54, 76) + slope * time
    if letter == "G":
        rise, then = draw.uniform(10, 15), draw.uniform(-6, 0)
        return draw.uniform(30, 75) + rise * np.minimum(time, 0) + then * np.maximum(time, 0)
    return draw.uniform(26, 40) + slope * time


def _is_unmistakable(letter: str, path: np.ndarray) -> bool:
    inside = {"A": (88, 100), "H": (0, 10), "E": (54, 76), "G": (0, 85), "none": (26, 40)}
    lowest, highest = inside.get(letter, (0, 100))
    return bool(path.min() >= lowest and path.max() < highest)


def history(letter: str, schools: int, years: int, *, seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng([seed, years, JOURNEYS.index(letter)])
    paths: list[np.ndarray] = []
    while len(paths) < schools:
        path = _path(letter, years, draw)
        if _is_unmistakable(letter, path):
            paths.append(path)
    seen = np.clip(np.array(paths) + draw.normal(0, NOISE, (schools, years)), 0.5, 99.5)
    return pd.DataFrame(
        {
            "school": np.repeat([f"{letter}{number}" for number in range(schools)], years),
            "year": np.tile(np.arange(2014, 2014 + years), schools),
            "percentile": seen.ravel(),
            "standard_error": NOISE,
        }
    )
