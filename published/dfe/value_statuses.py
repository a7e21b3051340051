"""Name what a published or returned cell can mean: a number, or the reason why the number is missing."""

from enum import StrEnum


class ValueStatus(StrEnum):
    """Whether there is a value, or why it is missing. None of these is zero.

    The first eleven come from published files, where each has a code. The next three come from schools' returns. The
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
    ValueStatus.HIDDEN: "Hidden: small number",
    ValueStatus.BLANK: "Empty in the published file",
}

# Source: DfE performance tables 2015-16 to 2018-19, as found in the files; SUPPM is the trust-level
# tables' word for a figure suppressed because it is about too few pupils; c, x and z are the symbols that the
# Government Analysis Function recommends (confidential, not available, not applicable), for newer files.
PUBLISHED_CODES = {
    "": ValueStatus.BLANK,
    "NP": ValueStatus.NOT_PUBLISHED,
    "NE": ValueStatus.NO_ENTRIES,
    "NA": ValueStatus.NOT_APPLICABLE,
    "SUPP": ValueStatus.SUPPRESSED,
    "SUPPM": ValueStatus.SUPPRESSED,
    "LOWCOV": ValueStatus.LOW_COVERAGE,
    "NEW": ValueStatus.NEW_SCHOOL,
    "SP": ValueStatus.SPECIAL_SCHOOL,
    "RE": ValueStatus.REDACTED,
    "c": ValueStatus.SUPPRESSED,
    "x": ValueStatus.NOT_PUBLISHED,
    "z": ValueStatus.NOT_APPLICABLE,
}
