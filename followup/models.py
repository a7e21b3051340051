"""Reminders: what was sent to whom, how often a person wants them, and whose turn it is to send."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from followup.rules.reminders import CountedFrom, DutyKind, Pace
from schools.models import Term
from trusts.models import TenantModel


class Reminder(TenantModel):
    """That one person was told of one thing that waits, and why then. Never changed, and never twice for one reason.

    Rows of one letter share the person and the moment.
    """

    class Outcome(models.TextChoices):
        SENT = "sent", "Sent"
        REFUSED = "refused", "Refused"  # By the mail server, for good: a wrong address, say.

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=[(each.value, each.label) for each in DutyKind])
    since = models.CharField(max_length=12, help_text="Which day is counted from: followup.rules.reminders.CountedFrom")
    anchor = models.DateField(help_text="That day.")
    step = models.SmallIntegerField(help_text="Days from it; a minus is before it.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_to = models.EmailField()
    words = models.TextField(help_text="What the letter said of it.")
    outcome = models.CharField(max_length=12, choices=Outcome)
    detail = models.TextField(blank=True, help_text="What the mail server answered, where it refused.")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trust", "school", "term", "kind", "since", "anchor", "step", "user"],
                name="one_reminder_for_one_reason",
            ),
            models.CheckConstraint(condition=Q(kind__in=[each.value for each in DutyKind]), name="reminder_kind_known"),
            models.CheckConstraint(
                condition=Q(since__in=[each.value for each in CountedFrom]), name="reminder_since_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="sent", detail="") | (Q(outcome="refused") & ~Q(detail="")),
                name="refused_reminder_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.school_id} to {self.sent_to}: {self.outcome}"


class ReminderPace(TenantModel):
    """How often one person wants to be reminded. Who has chosen nothing is reminded as things come up."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    pace = models.CharField(max_length=12, choices=[(each.value, each.value.capitalize()) for each in Pace])
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "user"], name="one_pace_per_person"),
            models.CheckConstraint(condition=Q(pace__in=[each.value for each in Pace]), name="pace_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.pace}"


class ReminderTurn(TenantModel):
    """Who is sending a trust's reminders now, so that no two workers send the same letter.

    A worker takes the turn for some minutes and renews it with each letter. A killed one's turn runs out.
    """

    taken_until = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, help_text="What the mail server last did wrong; empty while it works.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust"], name="one_turn_per_trust")]

    def __str__(self) -> str:
        return f"reminders of {self.trust_id}: taken until {self.taken_until}"
