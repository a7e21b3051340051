"""Show how well the engine names simulated journeys.

Run ``python -m tests.trajectories.simulate_journeys [--schools 1000]``.
"""

import argparse

import pandas as pd

from tests.trajectories.simulated_journeys import table
from trajectories.rules.comparable_years import usual_error_of
from trajectories.rules.journey_probabilities import place_schools


def place(history: pd.DataFrame) -> pd.DataFrame:
    error = None if "standard_error" in history else usual_error_of(history)
    return place_schools(history, phase="secondary", usual_error=error).frame()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=1000, help="of each of the nine answers (1000)")
    options = parser.parse_args()
    print((100 * table(place, schools=options.schools)).round(1).to_string())


if __name__ == "__main__":
    main()
