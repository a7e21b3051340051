"""Results that Sightline calculates. The rows are safe to delete and calculate again."""

from django.db import models

from kpis.models.catalogue import IndicatorCode
from schools.models import Season
from trusts.models import TenantModel


class ScoreLine(TenantModel):
    """One school's latest figure for one indicator, with target, movement, rating and the reason for the rating."""

    # No index on the school alone: the unique index begins with it, and the planner would choose the wrong one.
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+", db_index=False)
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField()
    season = models.PositiveSmallIntegerField(choices=Season)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    status = models.CharField(max_length=20)
    cohort = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    target = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    target_text = models.TextField(blank=True, help_text="The target in words, with its provenance.")
    rating = models.CharField(max_length=12)
    reason = models.TextField(help_text="The reason for the rating, in words.")
    distance = models.FloatField(
        null=True, help_text="Distance from the target in tolerances; negative is worse. Exceptions are sorted by it."
    )
    source = models.TextField(blank=True, help_text="Where the latest figure comes from, in words.")
    movement = models.CharField(max_length=16, help_text="kpis.rules.movement.MovementCode")
    movement_text = models.TextField(blank=True)
    movement_size = models.FloatField(null=True, help_text="Change in tolerances; positive is better.")
    national = models.FloatField(null=True)
    national_text = models.TextField(blank=True, help_text="The year, phase and status of the national figure.")
    small_counts = models.JSONField(
        null=True,
        help_text="What this and last year's figure give away; null if not known (kpis.queries.small_numbers).",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "indicator", "trust"], name="one_score_line")]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}: {self.rating}"


class Headline(TenantModel):
    """One school's accepted figure for a headline indicator, which every headteacher in the trust may see."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField()
    season = models.PositiveSmallIntegerField(choices=Season)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    status = models.CharField(max_length=20)
    cohort = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "school", "indicator"], name="one_headline")]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}: {self.value}"


class TrustFigure(TenantModel):
    """The trust's headline figure for one indicator, from the schools' figures that every headteacher may see."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField()
    season = models.PositiveSmallIntegerField(choices=Season)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    method = models.TextField(help_text="How it was calculated and which schools are missing, in words.")
    schools_counted = models.PositiveSmallIntegerField()
    schools_expected = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "indicator"], name="one_trust_figure")]

    def __str__(self) -> str:
        return f"{self.indicator_id} for trust {self.trust_id}: {self.value}"


class RecomputationQuerySet(models.QuerySet["Recomputation"]):
    def stale(self) -> "RecomputationQuerySet":
        """Keep schools whose accepted data is newer than their results, except schools that have left the trust."""
        return self.filter(wanted__gt=models.F("done"), school__trust_id=models.F("trust_id"))


class Recomputation(TenantModel):
    """The state of one school's results. ``wanted`` counts changes to its data; ``done`` counts those processed."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    wanted = models.PositiveIntegerField(default=0)
    wanted_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    files_seen = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="The newest published file for which recomputing was asked or done."
    )

    objects = RecomputationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "school"], name="one_recomputation")]

    def __str__(self) -> str:
        return f"{self.school_id}: {self.done} of {self.wanted}"
