"""How good probabilities were: the scores, checked by hand, by simulation and by resampling."""

import numpy as np
import pytest

from trajectories.rules.probability_scores import auc, brier, calibration, chances, compare_probabilities, logistic


@pytest.fixture
def sample():
    random = np.random.default_rng(7)
    truth = random.normal(size=1500)
    happened = truth + random.normal(size=1500) < -1
    return truth, happened, truth + random.normal(size=1500) * 0.5


def test_a_certain_and_right_answer_is_perfect_and_a_guess_is_not():
    happened = np.array([True, False, True, False])

    assert brier(happened.astype(float), happened) == 0
    assert brier(np.full(4, 0.5), happened) == 0.25
    assert auc(happened.astype(float), happened) == 1
    assert auc(np.full(4, 0.5), happened) == 0.5


def test_the_area_counts_pairs(sample):
    _, happened, noisy = sample
    pairs = np.subtract.outer(-noisy[happened], -noisy[~happened])

    assert auc(-noisy, happened) == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def test_a_logistic_regression_finds_the_line_it_was_made_from():
    random = np.random.default_rng(3)
    inputs = random.normal(size=(40_000, 2))
    happened = random.uniform(size=40_000) < 1 / (1 + np.exp(-(0.5 - 1.5 * inputs[:, 0] + 0.7 * inputs[:, 1])))

    weights = logistic(inputs, happened)

    assert weights == pytest.approx([0.5, -1.5, 0.7], abs=0.06)
    assert chances(weights, inputs).mean() == pytest.approx(happened.mean(), abs=1e-3)


def test_the_errors_of_differences_are_those_of_resampling_schools(sample):
    truth, happened, noisy = sample
    ours = chances(logistic(truth[:, None], happened), truth[:, None])
    theirs = chances(logistic(noisy[:, None], happened), noisy[:, None])
    random = np.random.default_rng(5)
    drawn = [random.integers(0, len(truth), len(truth)) for _ in range(400)]
    areas = [auc(ours[schools], happened[schools]) - auc(theirs[schools], happened[schools]) for schools in drawn]
    misses = [brier(ours[schools], happened[schools]) - brier(theirs[schools], happened[schools]) for schools in drawn]

    found = compare_probabilities(ours, theirs, happened)

    assert found.auc > 0 > found.brier
    assert found.auc_se == pytest.approx(np.std(areas), rel=0.12)
    assert found.brier_se == pytest.approx(np.std(misses), rel=0.12)


def test_calibration_goes_from_the_least_to_the_most_likely_tenth():
    probability = np.linspace(0, 1, 100)
    tenths = calibration(probability, probability > 0.5)

    assert [count for _, _, count in tenths] == [10] * 10
    assert tenths[0][:2] == (pytest.approx(0.0455, abs=1e-3), 0)
    assert tenths[-1][1] == 1
