from django.conf import settings
from django.db import models
from django.db.models import Q

from trusts.models import TenantModel


class TrustReference(TenantModel):
    """One version of the reference lines that a trust has set. Rows never change: a new version is a new row."""

    number = models.PositiveSmallIntegerField(help_text="1, 2, 3 … within the trust.")
    lines = models.JSONField(
        help_text="The trust's own lines: code, phase, first_year, percentile. An empty list: only standard lines."
    )
    provenance = models.CharField(max_length=200, help_text="Who decided this and when, in the trust's words.")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nobody for versions from before a second person approved them.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "number"], name="one_reference_per_number"),
            models.CheckConstraint(condition=~Q(provenance=""), name="reference_has_a_provenance"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("set_by")),
                name="reference_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Reference set {self.number} of {self.trust_id}"


class ReferenceProposal(TenantModel):
    """Reference lines that somebody proposes for the trust. They apply once another person has approved them."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        REPLACED = "replaced", "Replaced by a newer proposal"

    lines = models.JSONField(help_text="As in TrustReference. An empty list: back to the standard lines.")
    provenance = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trust"], condition=Q(state="waiting"), name="one_reference_proposal_waiting"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined", "replaced"]),
                name="reference_proposal_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=models.F("proposed_by")),
                name="reference_proposal_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Reference lines proposed for {self.trust_id}: {self.state}"
