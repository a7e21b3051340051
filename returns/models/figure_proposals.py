"""Suggested figures for the lines of a return."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.catalogue import IndicatorCode
from schools.models import Term
from trusts.models import TenantModel


class FigureProposal(TenantModel):
    """A suggested figure for a line of a school's return. It counts only once the school has confirmed it.

    A newer file replaces the suggestions of an older file. The line's history keeps confirmed figures and their source.
    """

    class Kind(models.TextChoices):
        IMPORT = "import", "From the school's own system"
        PUBLISHED = "published", "From a published file"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="proposals")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    pupil_group = models.CharField(max_length=20, default="all")
    value = models.DecimalField(max_digits=14, decimal_places=4, help_text="In the indicator's unit.")
    numerator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.TextField(help_text="A description, like 'Attendance export, absence.csv of 12 November 2025'.")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "term", "indicator", "pupil_group", "trust"], name="one_proposal_per_line"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="proposal_has_a_source"),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True, denominator__isnull=True)
                | Q(numerator__isnull=False, denominator__isnull=False),
                name="proposal_has_both_parts_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} of {self.school_id} in term {self.term_id}: {self.value} proposed"
