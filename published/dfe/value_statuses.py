"""Name what a published or returned cell can mean: a number, or the reason why the number is missing."""

from enum import StrEnum


class ValueStatus(StrEnum):
    """Whether there is a value, or why it is missing. None of these is zero.

    The first thirteen come from published files, where each has a code. The next three come from schools' returns. The
    last is not stored with a figure: the reader may not see it.

    >>> ValueStatus("suppressed").label
    'Suppressed'
    """

    VALUE = "value"
    NOT_PUBLISHED = "not_published"  # NP
    NO_ENTRIES = "no_entries"  # NE
    NOT_APPLICABLE = "not_applicable"  # NA
    SUPPRESSED = "suppressed"  # SUPP
    LOW_COVERAGE = "low_coverage"  # LOWCOV
    NEW_SCHOOL = "new_school"  # NEW
    SPECIAL_SCHOOL = "special_school"  # SP, but not in destinations: see SMALL_PERCENTAGE
    SMALL_PERCENTAGE = "small_percentage"  # SP in destinations: above 0, and 0 when rounded
    REDACTED = "redacted"  # RE
    ROUNDS_TO_ZERO = "rounds_to_zero"  # low, k and ~: above 0, and 0 when rounded
    LOW_RELIABILITY = "low_reliability"  # u: so few or such uneven data that the publisher gives no number
    BLANK = "blank"  # an empty cell: the file does not say why
    NOT_COLLECTED = "not_collected"
    TOO_FEW_PUPILS = "too_few_pupils"
    TO_FOLLOW = "to_follow"
    HIDDEN = "hidden"

    @property
    def label(self) -> str:
        """Return the status in words, for a page or a table."""
        return _LABELS.get(self, self.value.replace("_", " ").capitalize())


_LABELS = {
    ValueStatus.SPECIAL_SCHOOL: "Not published for special schools",
    ValueStatus.SMALL_PERCENTAGE: "Above 0%, less than 0.5%",
    ValueStatus.LOW_COVERAGE: "Too few pupils covered",
    ValueStatus.ROUNDS_TO_ZERO: "Above 0, and 0 when rounded",
    ValueStatus.LOW_RELIABILITY: "Not reliable enough to publish",
    ValueStatus.HIDDEN: "Hidden: small number",
    ValueStatus.BLANK: "Empty in the published file",
}

# What each code in a published cell means, in capitals: publishers write them in both sizes, and since 2019 also in
# square brackets. The order is the order in which a message lists them.
PUBLISHED_CODES = {
    "": ValueStatus.BLANK,
    # The Department's performance tables, 2015-16 on, as found in the files. SUPPM is the trust tables' word.
    "NP": ValueStatus.NOT_PUBLISHED,
    "NE": ValueStatus.NO_ENTRIES,
    "NA": ValueStatus.NOT_APPLICABLE,
    "SUPP": ValueStatus.SUPPRESSED,
    "SUPPM": ValueStatus.SUPPRESSED,
    "LOWCOV": ValueStatus.LOW_COVERAGE,
    "NEW": ValueStatus.NEW_SCHOOL,
    "SP": ValueStatus.SPECIAL_SCHOOL,
    "RE": ValueStatus.REDACTED,
    # The symbols of official statistics, which the Department's long tables use.
    "C": ValueStatus.SUPPRESSED,
    "K": ValueStatus.ROUNDS_TO_ZERO,
    "LOW": ValueStatus.ROUNDS_TO_ZERO,
    "U": ValueStatus.LOW_RELIABILITY,
    "X": ValueStatus.NOT_PUBLISHED,
    "Z": ValueStatus.NOT_APPLICABLE,
    # Symbols of official statistics before 2020.
    "~": ValueStatus.ROUNDS_TO_ZERO,
    ":": ValueStatus.NOT_PUBLISHED,
    "..": ValueStatus.NOT_PUBLISHED,
}


def code_of(text: str) -> str:
    """Return a cell's text as the key of a table of codes: in capitals, without outer spaces and square brackets.

    >>> code_of(" [low] "), code_of("c"), code_of("[x")
    ('LOW', 'C', '[X')
    """
    text = text.strip()
    inside = text[1:-1].strip() if text[:1] == "[" and text[-1:] == "]" else ""
    return (inside or text).upper()
