"""Store which reminders went out, how often a person would like them, and which worker sends them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from followup.rules.reminders import CountedFrom, DutyKind, Pace
from schools.models import Term
from trusts.models import TenantModel


class Reminder(TenantModel):
    """One reminder to one person, and why it went out. It never changes, and there is only one for each reason.

    The reminders in one email share the person and the moment.
    """

    class Outcome(models.TextChoices):
        SENT = "sent", "Sent"
        REFUSED = "refused", "Refused"  # The mail server will never accept it: a wrong address, for example.

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.label) for kind in DutyKind])
    since = models.CharField(max_length=12, help_text="The day steps count from: followup.rules.reminders.CountedFrom")
    anchor = models.DateField(help_text="The day that the step counts from.")
    step = models.SmallIntegerField(help_text="Days after that day; a minus means before it.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_to = models.EmailField()
    words = models.TextField(help_text="What the email said about it.")
    outcome = models.CharField(max_length=12, choices=Outcome)
    detail = models.TextField(blank=True, help_text="What the mail server answered if it refused the email.")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trust", "school", "term", "kind", "since", "anchor", "step", "user"],
                name="one_reminder_for_one_reason",
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in DutyKind]), name="reminder_kind_known"),
            models.CheckConstraint(
                condition=Q(since__in=[since.value for since in CountedFrom]), name="reminder_since_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="sent", detail="") | (Q(outcome="refused") & ~Q(detail="")),
                name="refused_reminder_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.school_id} to {self.sent_to}: {self.outcome}"


class ReminderPace(TenantModel):
    """How often one person would like reminders. Without a choice, they get at most one email a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    pace = models.CharField(max_length=12, choices=[(pace.value, pace.value.capitalize()) for pace in Pace])
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "user"], name="one_pace_per_person"),
            models.CheckConstraint(condition=Q(pace__in=[pace.value for pace in Pace]), name="pace_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.pace}"


class Cover(TenantModel):
    """A deputy who is told about a headteacher's tasks while the headteacher is away. They get no role by it."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    headteacher = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_date = models.DateField()
    ends_date = models.DateField(help_text="The last day.")
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(deputy=models.F("headteacher")), name="cover_by_another"),
            models.CheckConstraint(condition=Q(ends_date__gte=models.F("starts_date")), name="cover_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy_id} for {self.headteacher_id} until {self.ends_date}"


class ReminderTurn(TenantModel):
    """Whether a worker is sending a trust's reminders, so that two workers never send the same email.

    A worker takes the turn for some minutes and renews it with each email. If it is killed, its turn runs out.
    """

    taken_until = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, help_text="What the mail server last did wrong; empty if it works.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust"], name="one_turn_per_trust")]

    def __str__(self) -> str:
        return f"reminders of {self.trust_id}: taken until {self.taken_until}"
