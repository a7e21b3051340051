"""Probabilities in words, for people who do not read statistics."""

FRACTIONS = (
    (1 / 20, "about 1 in 20"),
    (1 / 10, "about 1 in 10"),
    (1 / 6, "about 1 in 6"),
    (1 / 5, "about 1 in 5"),
    (1 / 4, "about 1 in 4"),
    (1 / 3, "about 1 in 3"),
    (2 / 5, "about 2 in 5"),
    (1 / 2, "about 1 in 2"),
    (3 / 5, "about 3 in 5"),
    (2 / 3, "about 2 in 3"),
    (3 / 4, "about 3 in 4"),
    (4 / 5, "about 4 in 5"),
    (9 / 10, "about 9 in 10"),
    (19 / 20, "about 19 in 20"),
)
RARE = 1 / 30  # Below this, and equally close to certainty, no fraction is claimed.


def chance_in_words(probability: float) -> str:
    """Return a probability as the nearest simple fraction, in words.

    >>> chance_in_words(0.31), chance_in_words(0.5), chance_in_words(0.004), chance_in_words(0.999)
    ('about 1 in 3', 'about 1 in 2', 'less than 1 in 30', 'more than 29 in 30')
    """
    if probability < RARE:
        return "less than 1 in 30"
    if probability > 1 - RARE:
        return "more than 29 in 30"
    return min(FRACTIONS, key=lambda fraction: abs(fraction[0] - probability))[1]


def percent_in_words(probability: float) -> str:
    """Return a probability as a whole percentage that is never 0% or 100%: nothing here is certain.

    >>> percent_in_words(0.314), percent_in_words(0.001), percent_in_words(1.0)
    ('31%', 'under 1%', 'over 99%')
    """
    if probability < 0.005:
        return "under 1%"
    return "over 99%" if probability >= 0.995 else f"{100 * probability:.0f}%"
