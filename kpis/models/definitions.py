"""The definitions that returns were opened with, and the versions of a trust's own indicators. Rows never change."""

from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis import catalogue
from kpis.models.catalogue import IndicatorCode
from trusts.models import TenantModel


class Definition(TenantModel):
    """The full definition of an indicator when a return was opened. Lines of returns point to it."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(help_text="kpis.catalogue.kept_definitions")
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "indicator", "fingerprint"], name="one_row_per_definition"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.fingerprint[:8]}"

    @cached_property
    def meaning(self) -> catalogue.Indicator:
        """Return the indicator as it was then; the catalogue's own object if it has not changed since."""
        today = catalogue.catalogue_by_code().get(self.indicator_id)
        if today is not None and catalogue.fingerprint(today) == self.fingerprint:
            return today
        return catalogue.from_kept(self.content)


class OwnVersion(TenantModel):
    """The definition of a trust's own indicator from a date. The newest version that has begun applies."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField(help_text="For returns of terms that begin on this date or later.")
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="own_version_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.indicator_id} from {self.from_date}"
