"""Make the invented schools that the trusts' schools are compared with. They are in no trust and have results only."""

from collections.abc import Iterator
from itertools import islice, product

import numpy as np

from demonstration.trust.story import SchoolStory

FIRST_URN = 991001
SCHOOLS = 160  # For each phase of education: three times as many as are compared, so that the nearest are alike.
PHASES = {"primary": "Primary School", "secondary": "Academy"}
# Sizes and shares of disadvantaged pupils about those of the trusts' schools: middle and spread, and shape and scale.
SIZES = {"primary": (280, 0.4), "secondary": (900, 0.35)}
SHARES = (5, 0.05)
FIRST_WORDS = (
    "Beanstalk", "Broomstick", "Gingerbread", "Glass Slipper", "Golden Goose", "Haystack", "Magic Bean", "Moonbeam",
    "Pumpkin", "Rainbow End", "Riddle", "Rocking Horse", "Spindle", "Tin Soldier", "Toadstool", "Wishing Well",
)  # fmt: skip
SECOND_WORDS = ("Bank", "Bridge", "Corner", "Dale", "Field", "Green", "Hill", "Lane", "Meadow", "Park")


def similar_stories() -> Iterator[SchoolStory]:
    """Yield the schools, the same every time, with the national percentile of one year."""
    for at, (phase, ending) in enumerate(PHASES.items()):
        random = np.random.default_rng([FIRST_URN, at])
        middle, spread = SIZES[phase]
        for place, (first, second) in enumerate(islice(product(FIRST_WORDS, SECOND_WORDS), SCHOOLS)):
            yield SchoolStory(
                urn=FIRST_URN + at * SCHOOLS + place,
                name=f"{first} {second} {ending} (invented)",
                phase=phase,
                pupils=round(middle * float(np.exp(random.normal(0, spread)))),
                disadvantaged=float(np.clip(random.gamma(*SHARES), 0.04, 0.7)),
                percentiles=(float(np.clip(random.normal(50, 22), 1, 99)),),
                lean=float(random.normal(0, 0.6)),
                drift=0.0,
            )
