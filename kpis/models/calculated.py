"""What is worked out: safe to delete and recompute."""

from django.db import models

from kpis.models.catalogue import IndicatorCode
from schools.models import Season
from trusts.models import TenantModel


class ScoreLine(TenantModel):
    """Where one school stands on one indicator now: latest figure, target, movement and rating, with the reason."""

    # No index of its own: the unique one begins with the school, and the planner takes the lesser one when both fit.
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
    reason = models.TextField(help_text="Why it is rated so, in words.")
    distance = models.FloatField(
        null=True, help_text="From the target in tolerances, negative is worse: for exceptions."
    )
    source = models.TextField(blank=True, help_text="Where the latest figure is from, in words.")
    movement = models.CharField(max_length=16, help_text="kpis.rules.movement.MovementCode")
    movement_text = models.TextField(blank=True)
    movement_size = models.FloatField(null=True, help_text="Change in tolerances, positive is better: for movers.")
    national = models.FloatField(null=True)
    national_text = models.TextField(blank=True, help_text="Which national figure, with year and status.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "indicator", "trust"], name="one_score_line")]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}: {self.rating}"


class Headline(TenantModel):
    """One school's accepted figure on a headline indicator, which every headteacher of the trust may compare with."""

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
    """One indicator for the trust as a whole, from pupils and not from averages of percentages."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField()
    season = models.PositiveSmallIntegerField(choices=Season)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    method = models.TextField(help_text="How it was worked out and which schools are missing, in words.")
    schools_counted = models.PositiveSmallIntegerField()
    schools_expected = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "indicator"], name="one_trust_figure")]

    def __str__(self) -> str:
        return f"{self.indicator_id} for trust {self.trust_id}: {self.value}"


class RecomputationQuerySet(models.QuerySet["Recomputation"]):
    def stale(self) -> "RecomputationQuerySet":
        """Keep the schools whose accepted data is newer than what was worked out; not those that left since."""
        return self.filter(wanted__gt=models.F("done"), school__trust_id=models.F("trust_id"))


class Recomputation(TenantModel):
    """How far one school's results have been worked out. ``wanted`` counts the changes, ``done`` those taken in."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    wanted = models.PositiveIntegerField(default=0)
    wanted_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    objects = RecomputationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "school"], name="one_recomputation")]

    def __str__(self) -> str:
        return f"{self.school_id}: {self.done} of {self.wanted}"
