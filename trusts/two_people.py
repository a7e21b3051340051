"""Two people take part in a decision: nobody decides on what they themselves submitted or proposed.

The rule applies to every kind of decision in ``DecisionKind``, whatever roles a person has. Agreements between parties
and people's scores of their own risks are not in it.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.core.exceptions import PermissionDenied


class DecisionKind(StrEnum):
    """A kind of decision that takes a second person."""

    RETURNS = "returns"
    TARGETS = "targets"
    REFERENCE_LINES = "reference_lines"
    SMALL_NUMBERS = "small_numbers"
    ROLES = "roles"
    SCHOOL_POSITION = "school_position"
    BANDS = "bands"
    PLANS = "plans"
    DOCUMENTS = "documents"
    MINUTES = "minutes"
    RECOMMENDATIONS = "recommendations"
    REMITS = "remits"

    @property
    def label(self) -> str:
        return DECISION_LABELS[self]


DECISION_LABELS = {
    DecisionKind.RETURNS: "Accept or send back returns",
    DecisionKind.TARGETS: "Approve targets",
    DecisionKind.REFERENCE_LINES: "Approve reference lines",
    DecisionKind.SMALL_NUMBERS: "Approve rules for small numbers",
    DecisionKind.ROLES: "Confirm roles",
    DecisionKind.SCHOOL_POSITION: "Decide on a school’s phase or journey",
    DecisionKind.BANDS: "Decide on bands",
    DecisionKind.PLANS: "Approve plans",
    DecisionKind.DOCUMENTS: "Approve documents",
    DecisionKind.MINUTES: "Approve minutes",
    DecisionKind.RECOMMENDATIONS: "Accept recommendations",
    DecisionKind.REMITS: "Discharge remits",
}
# Sightline has no page for these yet. Whoever adds one takes it out of this list and calls ``refuse_own``.
NOT_BUILT = frozenset(
    {
        DecisionKind.BANDS,
        DecisionKind.PLANS,
        DecisionKind.DOCUMENTS,
        DecisionKind.MINUTES,
        DecisionKind.RECOMMENDATIONS,
        DecisionKind.REMITS,
    }
)


class OwnDecision(PermissionDenied):
    """The person would decide on what they themselves submitted or proposed. Somebody else has to decide."""

    def __init__(self, kind: DecisionKind) -> None:
        super().__init__(kind.label)
        self.kind = kind


def is_own(decider: int, proposers: Iterable[int | None]) -> bool:
    """Return whether the person who decides is one of those who submitted or proposed. They are IDs of users."""
    return decider in set(proposers)


def refuse_own(kind: DecisionKind, *, decider: int, proposers: Iterable[int | None]) -> None:
    """Refuse a decision on what one submitted or proposed.

    >>> refuse_own(DecisionKind.TARGETS, decider=1, proposers=[2, None])
    >>> refuse_own(DecisionKind.TARGETS, decider=1, proposers=[1, 2])
    Traceback (most recent call last):
    ...
    trusts.two_people.OwnDecision: Approve targets

    Raises:
        OwnDecision: the person who decides is one of those who submitted or proposed.
    """
    if is_own(decider, proposers):
        raise OwnDecision(kind)
