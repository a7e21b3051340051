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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "number"], name="one_reference_per_number"),
            models.CheckConstraint(condition=~Q(provenance=""), name="reference_has_a_provenance"),
        ]

    def __str__(self) -> str:
        return f"Reference set {self.number} of {self.trust_id}"
