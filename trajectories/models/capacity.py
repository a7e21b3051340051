"""What a school can give and what it needs: calculated for each area, and recorded by people for each dimension."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from trajectories.models.engine_answers import EngineAnswer
from trusts.models import TenantModel


class AreaCapacity(EngineAnswer):
    """Whether a school can give or needs to take in one area, and why."""

    area = models.CharField(max_length=20, help_text="An area's code in trajectories/data/areas.toml.")
    status = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.school_id} {self.area}: {self.status}"


class DimensionRecord(TenantModel):
    """What a school has to give and what it needs in one of the five dimensions of capacity. Rows never change."""

    class Level(models.TextChoices):
        NONE = "none", "Nothing"
        SOME = "some", "Some"
        MUCH = "much", "A lot"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    dimension = models.CharField(max_length=20, help_text="A dimension's code in trajectories/data/dimensions.toml.")
    has_level = models.CharField(max_length=4, choices=Level, help_text="What it can spare for other schools.")
    has_text = models.TextField(blank=True)
    needs_level = models.CharField(max_length=4, choices=Level, help_text="What it needs from other schools.")
    needs_text = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(has_level__in=["none", "some", "much"], needs_level__in=["none", "some", "much"]),
                name="dimension_levels_known",
            ),
            models.CheckConstraint(condition=Q(has_level="none") | ~Q(has_text=""), name="dimension_has_in_words"),
            models.CheckConstraint(
                condition=Q(needs_level="none") | ~Q(needs_text=""), name="dimension_needs_in_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.dimension}: has {self.has_level}, needs {self.needs_level}"
