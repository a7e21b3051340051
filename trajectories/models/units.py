"""Units of a school: subjects, year groups, departments and key stages that can be in different phases."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from trajectories.models.engine_answers import EngineAnswer
from trajectories.models.judgements import LineJudgement
from trusts.models import TenantModel


class UnitQuerySet(models.QuerySet["Unit"]):
    def open(self) -> "UnitQuerySet":
        """Leave out closed units."""
        return self.filter(closed_at__isnull=True)

    def by_kind(self) -> "UnitQuerySet":
        """Order by kind, subjects first, then by name."""
        places = [models.When(kind=kind, then=place) for place, kind in enumerate(Unit.Kind.values)]
        return self.order_by(models.Case(*places, output_field=models.IntegerField()), Lower("name"), "pk")


class Unit(TenantModel):
    """A part of a school that can be in a different phase from the school. Units are closed, never deleted."""

    class Kind(models.TextChoices):
        SUBJECT = "subject", "Subject"
        DEPARTMENT = "department", "Department"
        YEAR_GROUP = "year_group", "Year group"
        KEY_STAGE = "key_stage", "Key stage"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    area = models.CharField(
        max_length=20, blank=True, help_text="An area's code in trajectories/data/areas.toml; empty if in no area."
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.TextField(blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "school", Lower("name"), condition=Q(closed_at__isnull=True), name="one_open_unit_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["subject", "department", "year_group", "key_stage"]), name="unit_kind_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="unit_has_a_name"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closed_reason="")),
                name="unit_closed_by_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitJudgement(TenantModel):
    """The phase that the school, or the trust, saw on each line of a unit's rubric. Rows never change."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    voice = models.CharField(max_length=10, choices=LineJudgement.Voice)
    levels = models.JSONField(
        help_text="Phase by line code in trajectories/data/unit_rubric.toml. Lines not seen are left out."
    )
    reason = models.TextField()
    evidence = models.TextField(blank=True, help_text="What was looked at, where and when.")
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(voice__in=["school", "trust"]), name="unit_judgement_voice_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="unit_judgement_has_a_reason"),
            models.CheckConstraint(condition=~Q(levels={}), name="unit_judgement_saw_something"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} judged by the {self.voice}"


class UnitPhase(EngineAnswer):
    """The phase that follows from the judgements of one unit. Empty if there is too little evidence."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    phase = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return f"{self.unit_id} in {self.phase or 'no phase'}"
