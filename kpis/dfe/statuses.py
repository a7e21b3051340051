"""What stands in the place of a figure, or says that a figure is there."""

from enum import StrEnum


class ValueStatus(StrEnum):
    """Say whether a figure is there and, if not, which of the different reasons there is.

    The first ten are the publication codes of the Department for Education's performance tables; the
    last three are given by a school in its return. None of them is the number 0.

    >>> ValueStatus.SUPPRESSED.label
    'Suppressed'
    >>> ValueStatus("no_entries") is ValueStatus.NO_ENTRIES
    True
    """

    label: str

    def __new__(cls, code: str, label: str = "") -> "ValueStatus":
        status = str.__new__(cls, code)
        status._value_ = code
        status.label = label
        return status

    VALUE = "value", "A value"
    NOT_PUBLISHED = "not_published", "Not published"
    NO_ENTRIES = "no_entries", "No entries"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    SUPPRESSED = "suppressed", "Suppressed"
    LOW_COVERAGE = "low_coverage", "Too few pupils covered"
    NEW_SCHOOL = "new_school", "New school"
    SPECIAL_SCHOOL = "special_school", "Special school"
    REDACTED = "redacted", "Redacted"
    BLANK = "blank", "Blank in the published file"
    NOT_COLLECTED = "not_collected", "Not collected"
    TOO_FEW_PUPILS = "too_few_pupils", "Too few pupils"
    TO_FOLLOW = "to_follow", "To follow"
