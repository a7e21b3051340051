from django.conf import settings
from django.db import models
from django.db.models import Q

from trusts.models import TenantModel


class TrustReference(TenantModel):
    """One version of the reference lines that a trust has set for itself. Never changed: a new one follows."""

    number = models.PositiveSmallIntegerField(help_text="1, 2, 3 … within the trust.")
    lines = models.JSONField(
        help_text="The trust's own lines: code, phase, first_year, percentile. None: the standard lines alone."
    )
    provenance = models.CharField(max_length=200, help_text="Who decided it and when, in the trust's words.")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "number"], name="one_reference_per_number"),
            models.CheckConstraint(condition=~Q(provenance=""), name="reference_has_a_provenance"),
        ]

    def __str__(self) -> str:
        return f"Reference set {self.number} of {self.trust_id}"
