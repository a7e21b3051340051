"""What a trust records: its calendar, targets, returns and accepted figures."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.catalogue import Indicator, Season
from trusts.models import TenantModel


class TermQuerySet(models.QuerySet["Term"]):
    def newest_first(self) -> "TermQuerySet":
        return self.order_by("-starts_date", "-pk")


class Term(TenantModel):
    """One term of the trust's calendar, with the day its returns are due."""

    school_year = models.PositiveSmallIntegerField(help_text="The year the school year ends in.")
    season = models.PositiveSmallIntegerField(choices=Season)
    starts_date = models.DateField()
    ends_date = models.DateField()
    due_date = models.DateField(help_text="When the term's returns are due.")

    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school_year", "season"], name="one_term_per_season"),
            models.CheckConstraint(condition=Q(season__range=(1, 3)), name="term_season_known"),
            models.CheckConstraint(condition=Q(ends_date__gt=models.F("starts_date")), name="term_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.get_season_display()} term {self.school_year - 1}–{self.school_year % 100:02d}"


class Target(TenantModel):
    """What the Board expects of one indicator at one school in one year, and how near still counts as close."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
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
    provenance = models.TextField(help_text="Who set it and when, like 'set by the Board, 14 October 2025'.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school", "indicator", "school_year"], name="one_target_per_year"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="tolerance_not_negative"),
            models.CheckConstraint(condition=~Q(provenance=""), name="target_has_provenance"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}, {self.school_year}: {self.value}"


class Return(TenantModel):
    """One school's return for one term."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        IN_PROGRESS = "in_progress", "In progress"
        SUBMITTED = "submitted", "Submitted"
        SENT_BACK = "sent_back", "Sent back"
        ACCEPTED = "accepted", "Accepted"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=12, choices=State, default=State.NOT_STARTED)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="The latest submission.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school", "term"], name="one_return_per_term"),
            models.CheckConstraint(
                condition=Q(state__in=["not_started", "in_progress", "submitted", "sent_back", "accepted"]),
                name="return_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "accepted"]) | Q(submitted_at__isnull=False),
                name="submitted_return_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"return of {self.school_id}, term {self.term_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether the school may still change it."""
        return self.state in (self.State.NOT_STARTED, self.State.IN_PROGRESS, self.State.SENT_BACK)


class ReturnLine(TenantModel):
    """What a school says of one indicator in one return: a value, or why there is none."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    termly_return = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    pupil_group = models.CharField(max_length=20, default="all")
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    missing_reason = models.CharField(max_length=20, blank=True, help_text="kpis.dfe.statuses.ValueStatus")
    comment = models.TextField(blank=True)
    unread = models.JSONField(
        default=dict,
        blank=True,
        help_text="What was typed and cannot stand as a figure yet, by field. The figures are still those before it.",
    )
    # Counts the saves. A form sends back the number it was shown; another number means somebody saved in between.
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["termly_return", "indicator", "pupil_group"], name="one_line_per_indicator"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(missing_reason=""),
                name="line_has_value_or_reason_not_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} in return {self.termly_return_id}: {self.value}"

    @property
    def is_answered(self) -> bool:
        return not self.unread and (self.value is not None or bool(self.missing_reason))


class ReturnDecision(TenantModel):
    """One step in a return's life, with who took it and why. Never changed afterwards."""

    class Step(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        SENT_BACK = "sent_back", "Sent back"
        ACCEPTED = "accepted", "Accepted"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    termly_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=12, choices=Step)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(step="sent_back", reason=""), name="sent_back_has_a_reason"),
            models.CheckConstraint(
                condition=Q(step__in=["submitted", "sent_back", "accepted"]), name="return_step_known"
            ),
        ]

    def __str__(self) -> str:
        return f"return {self.termly_return_id} {self.step}"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def in_order(self) -> "ObservationQuerySet":
        """Order oldest first: by year, the year's annual figure before its terms."""
        return self.order_by("school_year", "season", "pk")


class Observation(TenantModel):
    """One accepted figure: one indicator, one school, one period, one pupil group."""

    # No index of its own: the unique one begins with the school, and the planner takes the lesser one when both fit.
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+", db_index=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField(help_text="The year the school year ends in.")
    season = models.PositiveSmallIntegerField(choices=Season, help_text="0 for an annual figure.")
    pupil_group = models.CharField(max_length=20, default="all")
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=20, help_text="kpis.dfe.statuses.ValueStatus")
    source = models.CharField(max_length=12, choices=[("return", "Return"), ("import", "Import")])
    comment = models.TextField(blank=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}, {self.school_year} {self.season}: {self.value}"
