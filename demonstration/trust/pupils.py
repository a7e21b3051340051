"""Count the invented schools' pupils, so that every share is one that whole pupils can make."""

import numpy as np

from demonstration.trust.story import SchoolStory
from schools.rules.terms import Period, TermOfYear

YEAR_GROUP = {"secondary": 0.19, "primary": 0.14}  # The oldest year group of a school, as a share of its pupils.
# How far the roll is from that of the January census, as shares of it: pupils leave and join through the year.
ROLL_MOVES = {TermOfYear.AUTUMN: (0.0, 0.015), TermOfYear.SUMMER: (-0.012, 0.004)}


def on_roll(school: SchoolStory, period: Period) -> int:
    """Return the pupils on roll in a term. In spring, when the census is, it is the number of the story."""
    if period.term not in ROLL_MOVES:
        return school.pupils
    low, high = ROLL_MOVES[period.term]
    random = np.random.default_rng([school.urn, period.school_year, period.term.number])
    return school.pupils + round(school.pupils * random.uniform(low, high))


def disadvantaged(school: SchoolStory) -> int:
    return round(school.pupils * school.disadvantaged)


def year_group(school: SchoolStory) -> int:
    """Return the pupils in Year 6 of a primary school, or in Year 11 of a secondary school."""
    return round(school.pupils * YEAR_GROUP[school.phase])


def disadvantaged_in_year_group(school: SchoolStory) -> int:
    return round(year_group(school) * school.disadvantaged)


def possible_part(part: int, *, part_size: int, whole: int, whole_size: int) -> int:
    """Return how many of a group's pupils can be among the pupils counted, closest to ``part``.

    A group has no more of them than the whole school, and the other pupils are enough for the rest.

    >>> possible_part(9, part_size=10, whole=7, whole_size=40), possible_part(2, part_size=10, whole=37, whole_size=40)
    (7, 7)
    """
    fewest = max(0, whole - (whole_size - part_size))
    return min(max(part, fewest), whole, part_size)
