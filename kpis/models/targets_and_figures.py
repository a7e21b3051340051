"""Targets, and accepted figures with their earlier versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.catalogue import IndicatorCode
from kpis.models.figure_fields import FigureFields
from schools.models import Season
from trusts.models import TenantModel


class Target(TenantModel):
    """The Board's target for one indicator at one school in one year, with its tolerance."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=14, decimal_places=4, help_text="In the indicator's unit.")
    upper_value = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="The top of a range, for a range indicator.",
    )
    tolerance = models.DecimalField(max_digits=14, decimal_places=4, help_text="In the indicator's unit.")
    provenance = models.TextField(help_text="Who set it and when, for example 'set by the Board, 14 October 2025'.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school", "indicator", "school_year"], name="one_target_per_year"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="tolerance_not_negative"),
            models.CheckConstraint(condition=~Q(provenance=""), name="target_has_provenance"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}, {self.school_year}: {self.value}"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def in_order(self) -> "ObservationQuerySet":
        """Sort by year, oldest first. The figure for a whole year comes before those for its terms."""
        return self.order_by("school_year", "season", "pk")


class Observation(FigureFields, TenantModel):
    """One accepted figure for one indicator, school, period and group of pupils."""

    # No index on the school alone: the unique index begins with it, and the planner would choose the wrong one.
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+", db_index=False)
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField(help_text="The calendar year in which the school year ends.")
    season = models.PositiveSmallIntegerField(choices=Season, help_text="0 for an annual figure.")
    pupil_group = models.CharField(max_length=20, default="all")
    status = models.CharField(max_length=20, help_text="published.dfe.value_statuses.ValueStatus")
    source = models.CharField(max_length=12, choices=[("return", "Return"), ("import", "Import")])
    version = models.PositiveIntegerField(
        default=1,
        help_text="Every change needs a new version. The database keeps the old one in EarlierVersion.",
    )
    reason = models.TextField(blank=True, help_text="Why this version replaced the one before.")
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField()

    objects = ObservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "indicator", "school_year", "season", "pupil_group", "trust"],
                name="one_observation",
            ),
            models.CheckConstraint(
                condition=Q(status="value", value__isnull=False) | (~Q(status="value") & Q(value__isnull=True)),
                name="observed_value_or_code",
            ),
            models.CheckConstraint(condition=Q(version=1) | ~Q(reason=""), name="new_version_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}, {self.school_year} {self.season}: {self.value}"


class EarlierVersion(FigureFields, TenantModel):
    """An accepted figure as it was before a correction. A database trigger writes it, and nothing changes it."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="earlier")
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=20, help_text="published.dfe.value_statuses.ValueStatus")
    source = models.CharField(max_length=12)
    reason = models.TextField(blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["observation", "version"], name="one_row_per_earlier_version")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.observation_id}: {self.value}"
