"""What the engine calculated. A new row is added only when the answer changes."""

from django.db import models

from trusts.models import TenantModel


class EngineAnswer(TenantModel):
    """What the engine calculated for one school at one time."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    computed_at = models.DateTimeField()
    reason = models.TextField(help_text="Why, in words.")
    inputs = models.JSONField(help_text="The rule's inputs and the engine's full answer.")
    engine_version = models.CharField(max_length=20)

    class Meta:
        abstract = True


class Placement(EngineAnswer):
    """Which of Carter's eight journeys a school is on and by which rule, or why it cannot be placed."""

    letter = models.CharField(
        max_length=4, blank=True, help_text="A to H; 'none' if none of the eight fits; empty if not placed."
    )
    rule = models.CharField(max_length=12, blank=True, help_text="The number of the rule in trajectories/README.md.")
    confidence = models.CharField(max_length=10, blank=True)
    runner_up = models.TextField(blank=True, help_text="The rule that nearly fired, and what would have made it.")
    reference_set = models.CharField(max_length=40)
    data_cutoff = models.PositiveSmallIntegerField(null=True, help_text="The last school year with results used.")

    def __str__(self) -> str:
        return f"{self.school_id} on journey {self.letter or 'not placed'}"


class PhaseProposal(EngineAnswer):
    """The improvement phase that the rubric proposes for a school. Empty if there is too little evidence."""

    phase = models.CharField(max_length=10, blank=True)
    held_back_by = models.JSONField(default=list, help_text="The feature lines that hold the school back.")

    def __str__(self) -> str:
        return f"{self.school_id} proposed {self.phase or 'no phase'}"


class CapacityStatus(EngineAnswer):
    """Whether a school can give capacity or needs to take it, and why."""

    status = models.CharField(max_length=20)
    flag = models.CharField(max_length=20, blank=True, help_text="openness, awareness or under-used")

    def __str__(self) -> str:
        return f"{self.school_id} {self.status}"
