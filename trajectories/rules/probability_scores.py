"""How good probabilities were: Brier score, area under the curve, calibration, and how certain differences are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import rankdata

from trajectories.rules.shape import Floats

Bools = npt.NDArray[np.bool_]
STEPS = 50  # Newton's method: a logistic regression with a few inputs needs fewer than ten steps.
PENALTY = 1e-3  # Stops the weights from growing without limit when a sample is perfectly separable.
SURE = 1e-9


@dataclass(frozen=True, kw_only=True)
class ScoreComparison:
    """One probability compared with one baseline on the same schools. Differences are the probability less its rival.

    A Brier difference below 0 and a difference in area above 0 are in its favour. The standard errors are over schools:
    that of the mean paired difference, and DeLong's for the area.
    """

    brier: float
    brier_se: float
    auc: float
    auc_se: float


def brier(probability: Floats, happened: Bools) -> float:
    """Return the mean squared distance between probabilities and what happened: 0 is perfect.

    >>> brier(np.array([0.8, 0.1]), np.array([True, False])).__round__(3)
    0.025
    """
    return float(np.mean((probability - happened) ** 2))


def auc(probability: Floats, happened: Bools) -> float:
    """Return the chance that a school to which it happened had the higher probability. Ties count half.

    >>> auc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    ranks = rankdata(probability)
    positive, negative = int(happened.sum()), int((~happened).sum())
    if not positive or not negative:
        return float("nan")
    return float((ranks[happened].sum() - positive * (positive + 1) / 2) / (positive * negative))


def compare_probabilities(probability: Floats, rival: Floats, happened: Bools) -> ScoreComparison:
    """Compare a probability with a rival on the same schools."""
    gained = (probability - happened) ** 2 - (rival - happened) ** 2
    ours, theirs = _parts(probability, happened), _parts(rival, happened)
    variance = sum(float(np.var(a - b, ddof=1)) / len(a) for a, b in zip(ours, theirs, strict=True))
    return ScoreComparison(
        brier=float(gained.mean()),
        brier_se=float(gained.std(ddof=1) / np.sqrt(len(gained))),
        auc=auc(probability, happened) - auc(rival, happened),
        auc_se=float(np.sqrt(variance)),
    )


def _parts(probability: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """Return each school's rank among those with the other outcome (DeLong, DeLong and Clarke-Pearson)."""
    ranks = rankdata(probability)
    within = np.empty(len(ranks))
    within[happened], within[~happened] = rankdata(probability[happened]), rankdata(probability[~happened])
    others = np.where(happened, (~happened).sum(), happened.sum())
    share = (ranks - within) / others
    return share[happened], 1 - share[~happened]


def calibration(probability: Floats, happened: Bools, bins: int = 10) -> list[tuple[float, float, int]]:
    """Return for each tenth of the schools, least likely first: mean probability, share it happened to, schools."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    return [(float(probability[part].mean()), float(happened[part].mean()), len(part)) for part in parts if len(part)]


def logistic(inputs: Floats, happened: Bools) -> Floats:
    """Fit a logistic regression by Newton's method. Return the intercept and one weight for each input column."""
    design = np.c_[np.ones(len(inputs)), inputs]
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = expit(design @ weights)
        slope = design.T @ (chance - happened) + PENALTY * weights
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + PENALTY * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < SURE:
            break
    return weights


def chances(weights: Floats, inputs: Floats) -> Floats:
    """Return the probabilities from a fitted logistic regression."""
    return np.asarray(expit(np.c_[np.ones(len(inputs)), inputs] @ weights))
