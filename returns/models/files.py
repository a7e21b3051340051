"""Files that a school sent, and the columns of its exports."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime

from returns.files.sanction_texts import LONGEST_TEXT, Sanction
from returns.models.returns import Return
from tables.dates import day_in_words
from trusts.models import TenantModel


class ReceivedFile(TenantModel):
    """A file that was sent for a return: its kind, what was read from it, and whether it was used.

    The file is not kept, because an export has rows about pupils and a return may have more than was asked for. The
    fingerprint shows later whether somebody has the same file.
    """

    class Kind(models.TextChoices):
        FORM = "form", "The return, filled in"
        ATTENDANCE = "attendance", "Export: attendance by pupil"
        ATTENDANCE_GROUPS = "attendance_groups", "Export: attendance by group"
        BEHAVIOUR = "behaviour", "Export: suspensions and exclusions"

    class State(models.TextChoices):
        TO_CHECK = "to_check", "To check"
        SAVED = "saved", "Used"  # A return was saved, or figures from an export were suggested.
        REFUSED = "refused", "Refused"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    termly_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=12, choices=State)
    name = models.TextField(help_text="The name on the person's computer.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="In bytes.")
    lines = models.JSONField(default=list, help_text="Each line in it: code, fields, and the version it was made from.")
    notes = models.JSONField(default=list, help_text="Sentences about what was counted and left out.")
    faults = models.JSONField(default=list, help_text="Why it was refused (tables.faults.SpreadsheetFault).")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(
        null=True, blank=True, help_text="The line changes that it made have the same time."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["form", "attendance", "attendance_groups", "behaviour"]), name="file_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state="to_check", saved_at__isnull=True, faults=[])
                | Q(state="saved", saved_at__isnull=False, saved_by__isnull=False, faults=[])
                | (Q(state="refused", saved_at__isnull=True, lines=[]) & ~Q(faults=[])),
                name="file_saved_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def is_form(self) -> bool:
        """Whether the file is the filled-in return, not an export."""
        return self.kind == self.Kind.FORM

    @property
    def in_words(self) -> str:
        """Describe the file as the source of a figure."""
        at = localtime(self.received_at)
        what = self.get_kind_display().removeprefix("Export: ")
        return f"{what[0].upper()}{what[1:]}, {self.name}, sent on {day_in_words(at)} at {at:%H:%M}"


class ColumnMapping(TenantModel):
    """The columns that a school chose for exports of one kind. They are chosen for it the next time."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=ReceivedFile.Kind, help_text="returns.files.exports.ExportKind")
    columns = models.JSONField(help_text="Column headings by field (returns.files.exports.ExportField).")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "school", "kind"], name="one_mapping_per_export")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.school_id}"


class SanctionMeaning(TenantModel):
    """What a text in a school's lists of sanctions means, as a person confirmed it. It is not asked about again."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(
        max_length=2 * LONGEST_TEXT + 3, help_text="The kind and, if the export has it, the outcome."
    )
    meaning = models.CharField(max_length=12, choices=[(meaning.value, meaning.label) for meaning in Sanction])
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school", "text"], name="one_meaning_per_text"),
            models.CheckConstraint(
                condition=Q(meaning__in=["suspension", "exclusion", "neither"]), name="sanction_meaning_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="sanction_meaning_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.meaning} at {self.school_id}"
