"""The history of a return and its lines. Rows are added and never changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.figure_fields import FigureFields
from returns.models.returns import Return, ReturnLine
from trusts.models import TenantModel


class ReturnDecision(TenantModel):
    """A step in a return's history, with who took it and why. Rows never change."""

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
        null=True,
        blank=True,
        help_text="Every line as submitted (returns.queries.submitted_returns.snapshot_of). Null for other steps.",
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
    """A step in a line's history, with who took it and why. Rows never change."""

    class Step(models.TextChoices):
        SIGNED_OFF = "signed_off", "Signed off"
        SENT_BACK = "sent_back", "Sent back"
        ACCEPTED = "accepted", "Accepted"
        CORRECTION = "correction", "Opened for correction"
        WITHDRAWN = "withdrawn", "Correction withdrawn"
        MARKED = "marked", "Marked to come back to"
        UNMARKED = "unmarked", "Mark removed"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=12, choices=Step)
    reason = models.TextField(blank=True)
    line_version = models.PositiveIntegerField(help_text="The version of the line that the step is about.")
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
    """A line as it was saved, with who saved it and where it came from. Rows never change."""

    class Source(models.TextChoices):
        TYPED = "typed", "Typed"
        FILE = "file", "From a file"
        IMPORT = "import", "From an import"
        CONFIRMED = "confirmed", "Suggested figure confirmed"
        ACCEPTED = "accepted", "Accepted figure restored"  # A correction was withdrawn.

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="changes")
    line_version = models.PositiveIntegerField(help_text="The number of saves, including this one.")
    missing_reason = models.CharField(max_length=20, blank=True)
    unread = models.JSONField(default=dict)
    source = models.CharField(max_length=12, choices=Source, default=Source.TYPED)
    file_name = models.TextField(blank=True, help_text="The file it came from. For a confirmed figure, its source.")
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
    """A record that the email about a decision was sent, so that it is not sent twice."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(ReturnDecision, on_delete=models.PROTECT, related_name="letter")
    sent_to = models.TextField(
        blank=True, help_text="Addresses, with commas. Empty if nobody has the role that can act."
    )
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"decision {self.decision_id} to {self.sent_to}"
