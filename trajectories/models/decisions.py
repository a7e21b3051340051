"""What a person decides where the engine only proposes. Rows never change: a new decision is a new row."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from trusts.models import TenantModel

LETTERS = "ABCDEFGH"
PHASES = ["stabilise", "repair", "improve", "sustain"]


class PhaseDecision(TenantModel):
    """The phase a school is in: the proposed one confirmed, or another one decided with a reason."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    phase = models.CharField(max_length=10)
    proposed = models.CharField(
        max_length=10, blank=True, help_text="The phase the rule proposed that day; empty if none."
    )
    reason = models.TextField(blank=True, help_text="May be empty only if the proposed phase was confirmed.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phase__in=PHASES), name="decided_phase_known"),
            models.CheckConstraint(
                condition=Q(phase=F("proposed")) | ~Q(reason=""), name="decision_otherwise_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} decided {self.phase}"

    @property
    def confirms(self) -> bool:
        """Whether it is what the rule proposed on that day."""
        return self.phase == self.proposed


class JourneyDecision(TenantModel):
    """A person's decision on which journey a school is on, or the withdrawal of one. Rows never change."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    letter = models.CharField(max_length=1, blank=True, help_text="A to H; empty if the decision was withdrawn.")
    engine_letter = models.CharField(max_length=4, blank=True, help_text="The engine's answer at the time.")
    reason = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(letter__in=["", *LETTERS]), name="decided_journey_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="journey_decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} decided {self.letter or 'as the engine answers'}"
