"""What indicators mean: as returns were asked them, and as a trust writes those of its own. Rows are never changed."""

from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis import catalogue
from kpis.models.catalogue import IndicatorCode
from trusts.models import TenantModel


class Definition(TenantModel):
    """Everything that an indicator said when returns of the trust asked it. Lines of returns point to it."""

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
        """Return the indicator as it was then: today's own object where nothing has changed since."""
        today = catalogue.catalogue_by_code().get(self.indicator_id)
        if today is not None and catalogue.fingerprint(today) == self.fingerprint:
            return today
        return catalogue.from_kept(self.content)


class OwnVersion(TenantModel):
    """What an indicator of the trust's own means from a day on, by whom and why. The newest that has begun counts."""

    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField(help_text="Returns of terms that begin on this day or later.")
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="own_version_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.indicator_id} from {self.from_date}"
