"""What a trust's returns ask for, and the targets proposed to the Board. Rows are dated and never deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.catalogue import IndicatorCode
from trusts.models import TenantModel


class IndicatorChoice(TenantModel):
    """Whether the trust's returns ask for one indicator, from a date. The newest choice that has begun applies."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    is_asked = models.BooleanField()
    from_date = models.DateField(help_text="For returns of terms that begin on this date or later.")
    reason = models.TextField()
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="choice_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {'asked' if self.is_asked else 'not asked'} from {self.from_date}"


class SchoolChoice(TenantModel):
    """An indicator switched off for one school for a time, or on again. The newest choice that covers a day applies."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    is_asked = models.BooleanField()
    from_date = models.DateField(help_text="For returns of terms that begin on this date or later.")
    until_date = models.DateField(null=True, blank=True, help_text="The last day; empty for no end date.")
    reason = models.TextField()
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="school_choice_has_a_reason"),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=models.F("from_date")),
                name="school_choice_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(is_asked=False) | Q(until_date__isnull=True), name="only_off_is_for_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {'on' if self.is_asked else 'off'} at {self.school_id} from {self.from_date}"


class TargetProposal(TenantModel):
    """A target proposed to the Board. Only an approved proposal becomes a Target that figures are rated against."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the Board"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        REPLACED = "replaced", "Replaced by a later proposal"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    school_year = models.PositiveSmallIntegerField(help_text="The calendar year in which the school year ends.")
    value = models.DecimalField(max_digits=14, decimal_places=4, help_text="In the indicator's unit.")
    upper_value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    tolerance = models.DecimalField(max_digits=14, decimal_places=4, help_text="In the indicator's unit.")
    reason = models.TextField(help_text="The reason for this target, from the person who proposed it.")
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trust", "school", "indicator", "school_year"],
                condition=Q(state="waiting"),
                name="one_waiting_proposal",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_a_reason"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="proposed_tolerance_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined", "replaced"]), name="proposal_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_proposal_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined", decided_reason=""), name="declined_proposal_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} at {self.school_id}, {self.school_year}: {self.value} {self.state}"


class SmallNumberPolicy(TenantModel):
    """The Board's decision from which count on each audience sees figures. The newest decision applies."""

    fewest = models.JSONField(help_text="By what figures are about and by audience: kpis.rules.privacy.")
    decided_on = models.DateField(help_text="The day of the Board's decision.")
    reason = models.TextField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nobody for decisions from before a second person approved them.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="small_number_policy_has_a_reason"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("entered_by")),
                name="small_number_policy_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"small numbers of {self.trust_id} from {self.decided_on}"


class SmallNumberProposal(TenantModel):
    """Rules for small numbers that a Board member proposes. They apply once another person has approved them."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        REPLACED = "replaced", "Replaced by a newer proposal"

    fewest = models.JSONField(help_text="As in SmallNumberPolicy.")
    decided_on = models.DateField(help_text="The day of the Board's decision.")
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="small_number_proposal_has_a_reason"),
            models.UniqueConstraint(
                fields=["trust"], condition=Q(state="waiting"), name="one_small_number_proposal_waiting"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined", "replaced"]),
                name="small_number_proposal_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=models.F("proposed_by")),
                name="small_number_proposal_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Rules for small numbers proposed for {self.trust_id}: {self.state}"
