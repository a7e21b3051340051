from django.conf import settings
from django.db import models
from django.db.models import Q

from trusts.models import TenantModel


class Panel(TenantModel):
    """One half-termly meeting of the Trust Executive Panel."""

    title = models.CharField(max_length=120)
    held_date = models.DateField()
    school_year = models.PositiveSmallIntegerField(help_text="The year the school year ends in.")
    half_term = models.PositiveSmallIntegerField(help_text="1 to 6.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school_year", "half_term"], name="one_panel_per_half_term"),
            models.CheckConstraint(condition=Q(half_term__range=(1, 6)), name="half_term_1_to_6"),
        ]

    def __str__(self) -> str:
        return self.title


class PanelNote(TenantModel):
    """The Executive Director's note on one school for one Panel."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="notes")
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panel", "school"], name="one_note_per_school")]

    def __str__(self) -> str:
        return f"note on {self.school_id} for panel {self.panel_id}"


class PanelReport(TenantModel):
    """A published Panel report: the frozen document and its PDF. Rows are never changed."""

    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="report")
    content = models.JSONField(help_text="The whole document, as meetings.report made it.")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64, help_text="Of the PDF.")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"report of panel {self.panel_id}"
