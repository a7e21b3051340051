from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core import signing
from django.db import models
from django.db.models.functions import Lower, Now

from trusts.two_people import DecisionKind


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """One person who can sign in. Only their memberships decide what they may see."""

    username = None  # type: ignore[assignment]  # people sign in with their email address
    first_name = None  # type: ignore[assignment]  # people write their name in one field
    last_name = None  # type: ignore[assignment]  # as above
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()  # type: ignore[assignment,misc]  # narrower than Django's own, which needs a username

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class TrustQuerySet(models.QuerySet["Trust"]):
    def tenants(self) -> "TrustQuerySet":
        """Keep the trusts that use this system."""
        return self.filter(is_tenant=True)


class Trust(models.Model):
    """An academy trust on the public register; a tenant if it uses Sightline."""

    uid = models.PositiveIntegerField(primary_key=True, help_text="The register's group UID.")
    group_id = models.CharField(max_length=20, blank=True, help_text="The register's group ID, like TR01234.")
    name = models.TextField()
    group_type = models.CharField(max_length=60, blank=True)
    companies_house_number = models.CharField(max_length=8, blank=True)
    ukprn = models.CharField(max_length=8, blank=True)
    opened_date = models.DateField(null=True, blank=True)
    closed_date = models.DateField(null=True, blank=True)
    is_tenant = models.BooleanField(default=False)
    is_fictional = models.BooleanField(default=False)

    objects = TrustQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    BOARD_MEMBER = "board_member", "Board member"
    EXECUTIVE_DIRECTOR = "executive_director", "Executive Director"
    TEACHING_CONSULTANT = "teaching_consultant", "Trust Teaching and Learning Consultant"
    BUSINESS_MANAGER = "business_manager", "Trust Business Manager"
    IMPROVEMENT_PARTNER = "improvement_partner", "Trust Improvement Partner"
    GOVERNANCE_PROFESSIONAL = "governance_professional", "Governance professional"
    TRUST_ADMINISTRATOR = "trust_administrator", "Trust administrator"
    HEADTEACHER = "headteacher", "Headteacher"
    SCHOOL_CONTRIBUTOR = "school_contributor", "School contributor"
    LOCAL_GOVERNOR = "local_governor", "Local governing body member"
    EXTERNAL_REVIEWER = "external_reviewer", "External reviewer"


INVITATION_SALT = "trusts.invitation"
SCHOOL_ROLES = (Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.LOCAL_GOVERNOR, Role.EXTERNAL_REVIEWER)
# People from outside the trust have roles for a limited time: a partner for a year, which can be renewed, and a
# reviewer for a term. The calendar belongs to an app above this one, so a term is the longest that one can be.
LONGEST_TIMES = {Role.IMPROVEMENT_PARTNER: timedelta(days=365), Role.EXTERNAL_REVIEWER: timedelta(days=120)}
TIME_LIMITED_ROLES = tuple(LONGEST_TIMES)
LONGEST_DEPUTY = timedelta(days=366)
# A Board member or the Executive Director confirms who gets one of these, and their holders are told of every change.
PRIVILEGED_ROLES = (Role.BOARD_MEMBER, Role.EXECUTIVE_DIRECTOR, Role.IMPROVEMENT_PARTNER)
SCHOOL_ROLE_HAS_SCHOOL = models.Q(role__in=SCHOOL_ROLES, school_id__isnull=False) | (
    ~models.Q(role__in=SCHOOL_ROLES) & models.Q(school_id__isnull=True)
)


class TenantModel(models.Model):
    """A row that belongs to one trust, and that only people of that trust may see.

    A migration protects the table with ``trusts.protection.protect``; ``tests/guards`` fails for a table without it.
    """

    trust = models.ForeignKey("trusts.Trust", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


def _left_behind() -> models.Q:
    # The school is not in the trust now, or has left it since the role began. The schools' tables belong to an app
    # above this one, which gives a trust its ``schools`` and ``departures``.
    trust = Trust.objects.filter(pk=models.OuterRef("trust_id"))
    in_trust = models.Exists(trust.filter(schools__urn=models.OuterRef("school_id")))
    since = {"departures__left_date__gte": models.OuterRef("starts_date")}
    has_left = models.Exists(trust.filter(departures__school_id=models.OuterRef("school_id"), **since))
    return models.Q(school_id__isnull=False) & (~models.Q(in_trust) | models.Q(has_left))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, trust: "Trust") -> "MembershipQuerySet":
        """Keep one trust's memberships. Without this, a person's own memberships in other trusts are included too."""
        return self.filter(trust=trust)

    def current(self, *, on: date) -> "MembershipQuerySet":
        """Keep the memberships in force on a day, which may be their last day.

        A role in a school ends when the school leaves the trust, also if the school comes back later.
        """
        return self.dated(on=on).exclude(_left_behind())

    def left_behind(self, *, on: date) -> "MembershipQuerySet":
        """Keep the memberships that would be in force on a day if their school had not left the trust."""
        return self.dated(on=on).filter(_left_behind())

    def dated(self, *, on: date) -> "MembershipQuerySet":
        """Keep the memberships whose days include ``on``."""
        not_ended = models.Q(ends_date__isnull=True) | models.Q(ends_date__gte=on)
        return self.filter(not_ended, starts_date__lte=on)


class Membership(TenantModel):
    """One role of one person in one trust, between two dates; a school role names its school.

    ``school_id`` is a URN. The school's table belongs to an app above this one, so a migration of ``schools`` adds the
    foreign key in the database only. The database refuses every change but an earlier last day.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role)
    school_id = models.PositiveIntegerField(null=True, blank=True, help_text="URN, for a school role only.")
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, blank=True, help_text="The last day, for a time-limited role.")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who invited the person. Nobody if the invitation came from the command line.",
    )
    granted_at = models.DateTimeField(null=True, blank=True, help_text="When the person was invited.")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                # The first day is included, so that a person can return to a role that ended.
                fields=["user", "trust", "role", "school_id", "starts_date"],
                nulls_distinct=False,
                name="one_membership_per_role_and_start",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=SCHOOL_ROLE_HAS_SCHOOL, name="school_role_has_school"),
            models.CheckConstraint(
                condition=models.Q(ends_date__isnull=True) | models.Q(ends_date__gte=models.F("starts_date")),
                name="membership_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=PRIVILEGED_ROLES)
                | models.Q(granted_by__isnull=True)
                | models.Q(confirmed_by__isnull=False)
                & ~models.Q(confirmed_by=models.F("granted_by"))
                & ~models.Q(confirmed_by=models.F("user")),
                name="privileged_role_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} in {self.trust_id}"

    def was_left_behind(self, *, on: date) -> bool:
        """Return whether the role ended because its school left the trust. One query for a role in a school."""
        return self.school_id is not None and Membership.objects.left_behind(on=on).filter(pk=self.pk).exists()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Keep the invitations that were neither accepted nor withdrawn; some may have expired."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def unconfirmed(self) -> "InvitationQuerySet":
        """Keep the open invitations that somebody has to confirm before their link is sent."""
        return self.open().filter(WAITS_FOR_CONFIRMATION)

    def confirmed(self) -> "InvitationQuerySet":
        """Keep the open invitations whose link may be sent and used."""
        return self.open().exclude(WAITS_FOR_CONFIRMATION)


WAITS_FOR_CONFIRMATION = models.Q(role__in=PRIVILEGED_ROLES, invited_by__isnull=False, confirmed_by__isnull=True)


class Invitation(TenantModel):
    """An invitation to one role in the trust, sent to one email address."""

    email = models.EmailField()
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=Role)
    school_id = models.PositiveIntegerField(null=True, blank=True, help_text="URN, for a school role only.")
    ends_date = models.DateField(null=True, blank=True, help_text="The role's last day, when time-limited.")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nobody when the first person of a trust is invited from the command line.",
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When its link last went out.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(condition=SCHOOL_ROLE_HAS_SCHOOL, name="invited_school_role_has_school"),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | models.Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="invitation_accepted_by_and_at",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="invitation_accepted_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | ~WAITS_FOR_CONFIRMATION,
                name="privileged_invitation_confirmed_before_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="invitation_confirmed_by_and_at",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | models.Q(invited_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("invited_by")),
                name="invitation_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} invited as {self.role}"

    @property
    def is_unconfirmed(self) -> bool:
        """Whether somebody has to confirm it before its link is sent and works."""
        return self.role in PRIVILEGED_ROLES and self.invited_by_id is not None and self.confirmed_by_id is None

    def token(self) -> str:
        """Return the signed part of the link. Renewing the invitation changes it, so only the newest link works."""
        return signing.dumps([self.trust_id, self.pk, int(self.expires_at.timestamp())], salt=INVITATION_SALT)


class DecisionDeputyQuerySet(models.QuerySet["DecisionDeputy"]):
    def current(self, *, on: date) -> "DecisionDeputyQuerySet":
        """Keep the deputies who may decide on a day."""
        return self.filter(starts_date__lte=on, ends_date__gte=on, ended_at__isnull=True)


class DecisionDeputy(TenantModel):
    """A person whom the Board named to take one kind of decision for a time, where nobody else may."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in DecisionKind])
    starts_date = models.DateField()
    ends_date = models.DateField(help_text="The last day.")
    reason = models.TextField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When a Board member ended it early.")

    objects = DecisionDeputyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in DecisionKind]), name="deputy_decision_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_date__gte=models.F("starts_date"))
                & models.Q(ends_date__lte=models.F("starts_date") + LONGEST_DEPUTY),
                name="deputy_for_a_year_at_most",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="deputy_has_a_reason"),
            models.CheckConstraint(condition=~models.Q(user=models.F("named_by")), name="deputy_named_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} decides on {self.kind} until {self.ends_date}"


class RoleNotice(TenantModel):
    """An email to one person about roles. It is stored with the change that it is about, and sent afterwards."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"notice to {self.to_id}: {self.words}"


class AuditEntry(models.Model):
    """One change to one row of a trust. A database trigger writes it; nothing changes it."""

    trust_id = models.BigIntegerField(db_index=True)
    table = models.TextField()
    row_id = models.BigIntegerField()
    operation = models.CharField(max_length=6)
    actor = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(actor=""), name="audit_has_an_actor")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table}:{self.row_id} by {self.actor}"


class KeptText(models.Model):
    """What a person typed into a form and could not save: their session had ended, or the page was out of date.

    Only that person can read it, for a day. It is removed when they save the form or sign out. It is not audited,
    because the audit trail would show it to others.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.TextField(help_text="The address of the page that the form is on.")
    path = models.TextField(help_text="The address that the form was sent to.")
    fields = models.JSONField(help_text="The values of each field by its name.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "path"], name="one_kept_text_per_form")]

    def __str__(self) -> str:
        return f"typed by {self.user_id} for {self.path}"


class FormPress(models.Model):
    """A form that a person sent, with the answer, so that pressing its button twice saves it once.

    Only that person can read it. It is removed after a day.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, help_text="A fingerprint of the form, its token and what was sent.")
    location = models.TextField(help_text="The address that the answer leads to; empty until there is an answer.")
    messages = models.JSONField(default=list, help_text="The messages that the answer shows.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_form_sent")]

    def __str__(self) -> str:
        return f"sent by {self.user_id}"
