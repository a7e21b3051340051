"""How far absence and news of another measure move a result: the numbers of early warning, from England's files."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from trajectories.rules.measures import measures
from trajectories.rules.shape import Floats

MEASURES = ("P8MEA", "ATT8SCR", "PTRWM_EXP", "KS2PROGRESS")
RATES = {"AB1": "PERCTOT", "AB2": "PPERSABS10"}
CARRIED = {"P8MEA": "ATT8SCR", "KS2PROGRESS": "PTRWM_EXP"}
BELIEVED = {"AB1": 6.0, "AB2": 15.0}  # A larger change in one year means that the school became a different one.
YEARS_BEFORE = 2


@dataclass(frozen=True, kw_only=True)
class EffectOnResult:
    """How far a result moves, in normal scores, for one unit of something else: the least-squares slope."""

    size: float
    standard_error: float
    schools: int


def absence_effects(results: pd.DataFrame, context: pd.DataFrame) -> dict[tuple[str, str], EffectOnResult]:
    """Return, by measure and indicator, how far a result moves for one percentage point more absence than a year ago.

    ``results`` has ``urn, measure, year, value`` of comparable schools, ``context`` the same for absence. Each result
    is compared with those of the two years before and the absence of the year before, and the country's average
    movement is removed from each year. There is one row for each school and year, and every year that has the two
    before it counts.

    Source: trajectories/README.md, rule W12.
    """
    scores, answer = _scores(results), {}
    for code in MEASURES:
        for indicator, rate in RATES.items():
            rows = [_changes(scores[code], _wide(context, rate), year, indicator) for year in _years(scores[code])]
            whole = pd.concat([part for part in rows if len(part)]) if any(map(len, rows)) else pd.DataFrame()
            if len(whole):
                answer[code, indicator] = _slope(whole, "change")
    return answer


def carried_effects(results: pd.DataFrame) -> dict[str, EffectOnResult]:
    """Return, by measure, how far its result moves if its lead's result is one score above what the past suggested.

    What the past suggested is the least-squares line on both measures in the two years before.

    Source: trajectories/README.md, rule W14.
    """
    scores, answer = _scores(results), {}
    for code, lead in CARRIED.items():
        news = []
        for year in set(_years(scores[code])) & set(_years(scores[lead])):
            before = {f"{name}{ago}": scores[name][year - ago] for name in (code, lead) for ago in (1, 2)}
            rows = pd.DataFrame({"y": scores[code][year], "lead": scores[lead][year], **before}).dropna()
            known = np.c_[np.ones(len(rows)), rows[list(before)]]
            left = {
                name: rows[name] - known @ np.linalg.lstsq(known, rows[name], rcond=None)[0] for name in ("y", "lead")
            }
            news.append(pd.DataFrame(left))
        if news:
            answer[code] = _slope(pd.concat(news), "lead")
    return answer


def _scores(results: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """Return the normal scores of each measure, schools by years, from the rank of each result in its year."""
    scores = {}
    for code in MEASURES:
        first, *others = [_ranks(_wide(results, part)) for part in measures()[code].made_from or (code,)]
        for other in others:  # The mean of percentiles, ranked again.
            first = first + other
        scores[code] = pd.DataFrame(ndtri(_ranks(first)), index=first.index, columns=first.columns)
    return scores


def _wide(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    rows = frame[(frame["measure"] == code) & frame["value"].notna()]
    return rows.pivot(index="urn", columns="year", values="value")


def _ranks(wide: pd.DataFrame) -> pd.DataFrame:
    return (wide.rank() - 0.5) / wide.notna().sum()


def _years(scores: pd.DataFrame) -> list[int]:
    held = [int(year) for year in scores.columns.tolist() if scores[year].notna().any()]
    return [year for year in held if {year - ago for ago in range(1, YEARS_BEFORE + 1)} <= set(held)]


def _changes(scores: pd.DataFrame, rates: pd.DataFrame, year: int, indicator: str) -> pd.DataFrame:
    if not {year - 1, year} <= set(rates.columns):
        return pd.DataFrame()
    now = {"y": scores[year], "one": scores[year - 1], "two": scores[year - 2]}
    rows = pd.DataFrame({**now, "rate": rates[year - 1], "change": rates[year] - rates[year - 1]}).dropna()
    rows["change"] -= rows["change"].mean()
    return rows[rows["change"].abs() < BELIEVED[indicator]]


def _slope(rows: pd.DataFrame, column: str) -> EffectOnResult:
    names = [column, *(name for name in rows if name not in ("y", column))]
    known: Floats = np.c_[rows[names].to_numpy(float), np.ones(len(rows))]
    result = rows["y"].to_numpy(float)
    weights = np.linalg.lstsq(known, result, rcond=None)[0]
    left = result - known @ weights
    variance = left @ left / (len(rows) - known.shape[1]) * np.linalg.inv(known.T @ known)[0, 0]
    return EffectOnResult(size=float(weights[0]), standard_error=float(np.sqrt(variance)), schools=len(rows))
