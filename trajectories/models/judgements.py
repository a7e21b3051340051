"""What people judge. Rows never change: a new judgement is a new row."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from trusts.models import TenantModel


class LineJudgement(TenantModel):
    """The phase that the school, or the trust, judges one line of the rubric to be in."""

    class Voice(models.TextChoices):
        SCHOOL = "school", "The school’s judgement"
        TRUST = "trust", "The trust’s moderation"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=20, help_text="A line's code in trajectories/data/phase_rubric.toml.")
    voice = models.CharField(max_length=10, choices=Voice)
    phase = models.CharField(max_length=10)
    reason = models.TextField()
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(voice__in=["school", "trust"]), name="judgement_voice_known"),
            models.CheckConstraint(
                condition=Q(phase__in=["stabilise", "repair", "improve", "sustain"]), name="judgement_phase_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="judgement_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.line} of {self.school_id}: {self.phase}"
