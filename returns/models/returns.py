"""Returns and their lines, who fills them in, and extensions and exemptions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis import catalogue
from kpis.models.catalogue import IndicatorCode
from kpis.models.definitions import Definition
from kpis.models.figure_fields import FigureFields
from schools.models import Term
from trusts.models import TenantModel


class Return(TenantModel):
    """A school's return for a term."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        IN_PROGRESS = "in_progress", "In progress"
        SUBMITTED = "submitted", "Submitted"
        SENT_BACK = "sent_back", "Sent back"
        ACCEPTED = "accepted", "Accepted"
        CORRECTING = "correcting", "Being corrected"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=12, choices=State, default=State.NOT_STARTED)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="The latest submission.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school", "term"], name="one_return_per_term"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["not_started", "in_progress", "submitted", "sent_back", "accepted", "correcting"]
                ),
                name="return_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "accepted"]) | Q(submitted_at__isnull=False),
                name="submitted_return_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"return of {self.school_id}, term {self.term_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether the school can change lines of the return."""
        return self.state not in (self.State.SUBMITTED, self.State.ACCEPTED)


class ReturnLine(FigureFields, TenantModel):
    """A line of a return: the value of an indicator, or why there is no value.

    The database refuses changes to the text of a submitted or accepted line, and to the definition of any line.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"  # The school can fill it in, or correct it after it was accepted.
        SUBMITTED = "submitted", "Waiting for a decision"
        SENT_BACK = "sent_back", "Sent back"  # Open again, with a reason.
        ACCEPTED = "accepted", "Accepted"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    termly_return = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    indicator = models.ForeignKey(IndicatorCode, on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(
        Definition,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Null only in lines from before definitions were kept.",
    )
    pupil_group = models.CharField(max_length=20, default="all")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    missing_reason = models.CharField(max_length=20, blank=True, help_text="published.dfe.value_statuses.ValueStatus")
    unread = models.JSONField(
        default=dict,
        blank=True,
        help_text="Typed text that cannot be read as a figure yet, by field. The stored figures do not change.",
    )
    # The number of saves. A form sends the number it was shown; if it differs, somebody has saved the line since.
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(null=True, blank=True)
    marked = models.BooleanField(default=False, help_text="To come back to. It does not affect the figure.")
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    marked_at = models.DateTimeField(null=True, blank=True, help_text="When the mark was last set or removed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["termly_return", "indicator", "pupil_group"], name="one_line_per_indicator"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(missing_reason=""),
                name="line_has_value_or_reason_not_both",
            ),
            models.CheckConstraint(
                condition=Q(follows_on__isnull=True) | Q(missing_reason="to_follow"),
                name="only_what_is_to_follow_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "submitted", "sent_back", "accepted"]), name="line_state_known"
            ),
            models.CheckConstraint(
                condition=Q(marked=False)
                | Q(state__in=["open", "sent_back"], marked_by__isnull=False, marked_at__isnull=False),
                name="only_an_open_line_is_marked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} in return {self.termly_return_id}: {self.value}"

    @property
    def asked(self) -> catalogue.Indicator | None:
        """Return the indicator by the line's definition, or None if it left the catalogue and no definition was kept.

        Select the definition with the lines, or each line needs a query.
        """
        return self.definition.meaning if self.definition else catalogue.catalogue_by_code().get(self.indicator_id)

    @property
    def is_answered(self) -> bool:
        return not self.unread and (self.value is not None or bool(self.missing_reason))

    @property
    def is_open(self) -> bool:
        """Whether the school can change the line."""
        return self.state in (self.State.OPEN, self.State.SENT_BACK)


class LineAssignment(TenantModel):
    """What a contributor of a school fills in every term: every line in an area, or one line."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    area = models.CharField(max_length=20, blank=True, help_text="kpis.catalogue.kinds.Area")
    indicator = models.ForeignKey(IndicatorCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "user", "area", "indicator", "trust"],
                nulls_distinct=False,
                name="one_assignment",
            ),
            models.CheckConstraint(
                condition=Q(area="", indicator__isnull=False) | (~Q(area="") & Q(indicator__isnull=True)),
                name="assigned_area_or_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} fills in {self.area or self.indicator_id} of {self.school_id}"


class Allowance(TenantModel):
    """An extension or exemption for a school in a term. The newest counts; rows never change."""

    class Kind(models.TextChoices):
        EXTENDED = "extended", "Due date moved"
        EXEMPT = "exempt", "Exempt"
        ASKED = "asked", "Exemption ended"

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="allowances")
    kind = models.CharField(max_length=12, choices=Kind)
    due_date = models.DateField(null=True, blank=True, help_text="The new due date.")
    reason = models.TextField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="allowance_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="extended", due_date__isnull=False)
                | Q(kind__in=["exempt", "asked"], due_date__isnull=True),
                name="extension_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} in term {self.term_id}: {self.kind}"


class ContributorArea(TenantModel):
    """An area that contributors fill in by default, if their headteacher has not assigned lines to them."""

    area = models.CharField(max_length=20, help_text="kpis.catalogue.kinds.Area")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "area"], name="one_default_per_area")]

    def __str__(self) -> str:
        return f"contributors fill in {self.area}"
