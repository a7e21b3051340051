"""What happened to a return and to its lines. Rows are added and never changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.figure_fields import FigureFields
from returns.models.returns import Return, ReturnLine
from trusts.models import TenantModel


class ReturnDecision(TenantModel):
    """One step in a return's life, with who took it and why. Never changed afterwards."""

    class Step(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        SENT_BACK = "sent_back", "Sent back"
        LINES_ACCEPTED = "lines_accepted", "Lines accepted"
        ACCEPTED = "accepted", "Accepted"
        CORRECTION = "correction", "Correction opened"
        WITHDRAWN = "withdrawn", "Correction withdrawn"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    termly_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=20, choices=Step)
    reason = models.TextField(blank=True)
    snapshot = models.JSONField(
        null=True, blank=True, help_text="Every line as it was submitted (kpis.rules.snapshot); of other steps nothing."
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(step__in=["sent_back", "correction"], reason=""), name="sent_back_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    step__in=["submitted", "sent_back", "lines_accepted", "accepted", "correction", "withdrawn"]
                ),
                name="return_step_known",
            ),
        ]

    def __str__(self) -> str:
        return f"return {self.termly_return_id} {self.step}"


class LineDecision(TenantModel):
    """One step in the life of one line, with who took it and why. Never changed afterwards."""

    class Step(models.TextChoices):
        SIGNED_OFF = "signed_off", "Signed off"
        SENT_BACK = "sent_back", "Sent back"
        ACCEPTED = "accepted", "Accepted"
        CORRECTION = "correction", "Opened for correction"
        WITHDRAWN = "withdrawn", "Correction withdrawn"
        MARKED = "marked", "Marked to come back to"
        UNMARKED = "unmarked", "Mark taken off"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=12, choices=Step)
    reason = models.TextField(blank=True)
    line_version = models.PositiveIntegerField(help_text="The number of saves of the line that it is about.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(step__in=["sent_back", "correction"], reason=""), name="line_sent_back_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    step__in=[
                        "signed_off",
                        "sent_back",
                        "accepted",
                        "correction",
                        "withdrawn",
                        "marked",
                        "unmarked",
                    ]
                ),
                name="line_step_known",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_id} {self.step}"


class LineChange(FigureFields, TenantModel):
    """What one save made of a line, by whom and where it came from. Never changed afterwards."""

    class Source(models.TextChoices):
        TYPED = "typed", "Typed"
        FILE = "file", "From a file"
        IMPORT = "import", "From an import"
        CONFIRMED = "confirmed", "Confirmed as proposed"
        ACCEPTED = "accepted", "As it was accepted"  # A correction was withdrawn.

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="changes")
    line_version = models.PositiveIntegerField(help_text="The number of saves, this one counted.")
    missing_reason = models.CharField(max_length=20, blank=True)
    unread = models.JSONField(default=dict)
    source = models.CharField(max_length=12, choices=Source, default=Source.TYPED)
    file_name = models.TextField(
        blank=True, help_text="Of the file it came from; where confirmed, the proposal's source."
    )
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "line_version"], name="one_change_per_save"),
            models.CheckConstraint(
                condition=Q(source__in=["typed", "file", "import", "confirmed", "accepted"]), name="change_source_known"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_id}, save {self.line_version}: {self.value}"


class DecisionLetter(TenantModel):
    """That the e-mail about one decision went out, so that none goes out twice."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(ReturnDecision, on_delete=models.PROTECT, related_name="letter")
    sent_to = models.EmailField(blank=True, help_text="Empty where nobody holds the role that can act.")
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"decision {self.decision_id} to {self.sent_to}"
