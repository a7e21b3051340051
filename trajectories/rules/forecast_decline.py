"""The chance that the next result puts a school on journey C, D or G."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from trajectories.rules.forecast_arrays import ENDS, percentiles_of_scores
from trajectories.rules.headline import history_of
from trajectories.rules.journey_probabilities import place_schools
from trajectories.rules.journey_rules import JourneyRules, standard_rules
from trajectories.rules.reference_lines import ReferenceSet
from trajectories.rules.shape import Floats

DECLINING = ("C", "D", "G")
TRIED = 9  # Equally likely next results with which each school is placed.


def own_history(history: pd.DataFrame, measure: str, phase: str, rules: JourneyRules | None = None) -> pd.DataFrame:
    """Return one measure's history as ``place_schools`` takes it, with the standard error of each year (rule T2).

    ``history`` is as ``forecasts`` takes it. A standard error in it is that of a published interval.
    """
    own = history[(history["measure"] == measure) & history["percentile"].notna()]
    given = own.reindex(columns=[*own.columns.drop("standard_error", errors="ignore"), "standard_error"])
    return history_of(given.assign(phase=phase, estimated=False), rules=rules)


def decline_chances(
    history: pd.DataFrame,
    mean: npt.ArrayLike,
    spread: npt.ArrayLike,
    *,
    schools: npt.NDArray[np.int64],
    phase: str,
    year: int,
    rules: JourneyRules | None = None,
    reference: ReferenceSet | None = None,
) -> Floats:
    """Return each school's chance of being placed on C, D or G once the result of ``year`` is known.

    ``history`` is one measure's history as ``place_schools`` takes it: ``school, year, percentile`` and, optionally,
    ``standard_error``. The next result has the median standard error of the school's years. ``mean`` and ``spread`` are
    those of the next result in normal scores, one for each of ``schools``. Each school is placed with nine equally
    likely next results, and the answer is the share of them that ends on C, D or G. It is NaN if there is no forecast,
    or if there are too few years even with the next one.

    Source: trajectories/README.md, rule W6. There is no loop over schools.
    """
    rules = rules or standard_rules()
    mean, spread = np.asarray(mean, dtype=float), np.asarray(spread, dtype=float)
    before = history[(history["year"] < year) & history["percentile"].notna()]
    counts = before.groupby("school")["year"].nunique().reindex(schools).fillna(0).to_numpy()
    told = np.flatnonzero(~np.isnan(mean) & (counts >= rules.years_needed - 1))
    answer = np.full(len(schools), np.nan)
    if not len(told):
        return answer
    chances = ndtri((np.arange(TRIED) + 0.5) / TRIED)
    tried = np.clip(percentiles_of_scores(mean[told, None] + spread[told, None] * chances), *ENDS)
    place = pd.Index(schools[told]).get_indexer(pd.Index(before["school"]))
    ours = before.assign(place=place)[place >= 0]
    ahead = pd.DataFrame({"school": np.arange(tried.size), "year": year, "percentile": tried.ravel()})
    if "standard_error" in ours:
        usual = ours.groupby("place")["standard_error"].median().reindex(range(len(told)))
        ahead = ahead.assign(standard_error=np.repeat(usual.to_numpy(float), TRIED))
    past = [ours.assign(school=ours["place"] * TRIED + number) for number in range(TRIED)]
    keep = [name for name in ("school", "year", "percentile", "standard_error") if name in ours]
    everything = pd.concat([ahead, *(frame[keep] for frame in past)], ignore_index=True)
    decision = place_schools(everything, phase=phase, cut_off=year, rules=rules, reference=reference)
    # The next results come first in the frame, so the schools are in that order.
    letters = decision.letters[: tried.size].reshape(tried.shape)
    answer[told] = np.where(letters[:, 0] == "", np.nan, np.isin(letters, DECLINING).mean(axis=1))
    return answer
