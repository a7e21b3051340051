from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from tables.dates import day_in_words
from trusts import queries
from trusts.models import LONGEST_DEPUTY, LONGEST_TIMES, PRIVILEGED_ROLES, SCHOOL_ROLES, Invitation, Role, Trust, User
from trusts.permissions import DECISION_PERMISSIONS, DEPUTY_READS, Permission
from trusts.rules.role_days import RoleDaysRefused, check_ending, check_time
from trusts.two_people import DecisionKind

PASSWORD_LABELS = {
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "New password again",
}
WHEN = [("current", "Current roles"), ("past", "Past roles"), ("all", "Current and past roles")]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


NO_CHOICE = ("required", "invalid_choice")  # Nothing was chosen, or what is not in the list.


class PasswordLabels(forms.Form):
    """Label the fields of allauth's password forms as other pages do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in PASSWORD_LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].widget.attrs.pop("placeholder", None)


class ChangePasswordForm(PasswordLabels, AllauthChangePasswordForm):
    pass


class ResetPasswordKeyForm(PasswordLabels, AllauthResetPasswordKeyForm):
    pass


class PeopleFilterForm(forms.Form):
    """Filter the list of people. A value that is not a choice is ignored, never an error."""

    role = forms.ChoiceField(required=False, choices=[("", "Every role"), *Role.choices])
    school = forms.ChoiceField(required=False)
    when = forms.ChoiceField(required=False, choices=WHEN, label="Current or past")
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, trust: Trust, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = queries.school_names(trust)
        self.fields["school"].choices = [("", "Every school"), *names.items()]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def chosen(self) -> dict[str, str]:
        """Return the filters, without the order, as they are in this list's URL."""
        return {name: str(self.data.get(name, "")) for name in ("role", "school", "when")}

    def people_filter(self) -> queries.PeopleFilter:
        self.is_valid()
        asked = self.cleaned_data
        return queries.PeopleFilter(
            role=asked.get("role", ""),
            school_id=int(asked.get("school") or 0) or None,
            when=asked.get("when") or "current",
            sort=asked.get("sort") or "name",
        )


class InviteForm(forms.Form):
    """Invite one person to one role."""

    name = forms.CharField(
        max_length=150, error_messages={"required": "Enter the person's name"}, widget=forms.TextInput()
    )
    email = forms.EmailField(
        label="Work email address",
        help_text="They sign in with this address, so use one that nobody else reads.",
        error_messages={
            "required": "Enter an email address",
            "invalid": "Enter an email address, like name@example.org",
        },
    )
    role = forms.ChoiceField(
        choices=[("", "Choose a role"), *Role.choices], error_messages=dict.fromkeys(NO_CHOICE, "Choose a role")
    )
    school = forms.ChoiceField(
        required=False,
        help_text="Only for a headteacher, school contributor, local governor or external reviewer.",
        error_messages={"invalid_choice": "Choose a school of the trust"},
    )
    ends_date = forms.DateField(
        required=False,
        label="Last day",
        help_text="If the role is for a limited time. Improvement partners always need one, at most a year away, and "
        "external reviewers one at most 120 days away.",
        widget=DateInput(),
        error_messages={"invalid": "Enter a real date, like 31/8/2026"},
    )

    reason = forms.CharField(
        required=False,
        max_length=500,
        label="Why do they need this role?",
        help_text="We need a reason for more time in a role, and for a Board member, Executive Director or Trust "
        "Improvement Partner, whom another Board member or the Executive Director has to confirm.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, trust: Trust, by: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trust, self.by, self.at = trust, by, at
        choices = [("", "Choose a school"), *queries.school_names(trust).items()]
        self.fields["school"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if email == self.by.email.lower():
            raise forms.ValidationError("This is your own address. Ask a colleague to give you a role")
        return email

    def clean_ends_date(self) -> date | None:
        last: date | None = self.cleaned_data["ends_date"]
        if last is not None and last < timezone.localdate(self.at):
            raise forms.ValidationError("The last day must be today or later")
        return last

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if role := given.get("role"):
            given["school_id"] = self._school_for(role)
            if "ends_date" not in self.errors:
                self._check_time(Role(role), given.get("ends_date"))
        if not self.errors:
            self._check_what_they_have()
        return given

    def _school_for(self, role: str) -> int | None:
        school = self.cleaned_data.get("school")
        if role in SCHOOL_ROLES and not school and "school" not in self.errors:
            self.add_error("school", "Choose the school this role is in")
        if role not in SCHOOL_ROLES and school:
            self.add_error("school", f"{Role(role).label} is a role in the whole trust. Do not choose a school")
        return int(school) if school else None

    def _check_time(self, role: Role, last_day: date | None) -> None:
        try:
            check_time(first_day=timezone.localdate(self.at), last_day=last_day, longest=LONGEST_TIMES.get(role))
        except RoleDaysRefused as refused:
            self.add_error("ends_date", str(refused))

    def _check_what_they_have(self) -> None:
        what = {key: self.cleaned_data[key] for key in ("email", "role", "school_id")}
        if queries.already_has_role(self.trust, ends_date=self.cleaned_data["ends_date"], **what):
            self.add_error("role", "This person already has this role")
        elif queries.is_already_invited(self.trust, at=self.at, **what):
            self.add_error("email", "This person has not answered an invitation to this role. Send it again instead")
        elif self.cleaned_data["reason"]:
            return
        elif self.cleaned_data["role"] in PRIVILEGED_ROLES:
            self.add_error("reason", "Say why they need this role, for the person who confirms it")
        elif queries.has_role(self.trust, on=timezone.localdate(self.at), **what):
            self.add_error("reason", "This person has the role already. Say why they need it for longer")

    def invitation(self) -> dict[str, Any]:
        """Return the arguments for ``actions.invite``."""
        given = self.cleaned_data
        names = ("email", "name", "school_id", "ends_date", "reason")
        return {name: given[name] for name in names} | {"role": Role(given["role"])}


class EndRoleForm(forms.Form):
    """Choose when a role ends: now, or at the end of a day."""

    AT_ONCE, LATER = "at_once", "later"
    ends = forms.ChoiceField(
        label="When does it end?",
        choices=[(AT_ONCE, "Now: they lose access straight away"), (LATER, "At the end of a day")],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(NO_CHOICE, "Choose when the role ends"),
    )
    last_day = forms.DateField(
        required=False,
        widget=DateInput(),
        help_text="They have access until the end of this day.",
        error_messages={"invalid": "Enter a real date, like 31/8/2026"},
    )

    def __init__(self, *args: Any, last_day: date | None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now_last_day, self.today = last_day, today

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("ends") == self.AT_ONCE:
            self._check("ends", self.today - timedelta(days=1))
        elif given.get("ends") == self.LATER and "last_day" not in self.errors:
            if not given.get("last_day"):
                self.add_error("last_day", "Enter the last day")
            elif given["last_day"] < self.today:
                self.add_error("last_day", "The last day must be today or later")
            else:
                self._check("last_day", given["last_day"])
        return given

    def new_last_day(self) -> date:
        """Return the last day of the role: yesterday if it ends at once."""
        day: date = self.cleaned_data["last_day"]
        return day if self.cleaned_data["ends"] == self.LATER else self.today - timedelta(days=1)

    def _check(self, field: str, new_last_day: date) -> None:
        try:
            check_ending(last_day=self.now_last_day, new_last_day=new_last_day, today=self.today)
        except RoleDaysRefused as refused:
            self.add_error(field, str(refused))


class AcceptInvitationForm(forms.Form):
    """Accept an invitation. A new person also enters their name and chooses a password."""

    name = forms.CharField(
        label="Your name", max_length=150, error_messages={"required": "Enter your name"}, widget=forms.TextInput()
    )
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Three or four unrelated words make a good one.",
        error_messages={"required": "Choose a password"},
    )
    password_again = forms.CharField(
        label="Confirm your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the password again"},
    )

    def __init__(self, *args: Any, invitation: Invitation, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["name"].initial = invitation.name
        if not is_new:
            self.fields.clear()

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if (password := given.get("password")) is not None:
            someone = User(email=self.invitation.email, name=given.get("name", ""))
            try:
                validate_password(password, someone)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
            if "password_again" in given and password != given["password_again"]:
                self.add_error("password_again", "The two passwords are not the same")
        return given

    def answer(self) -> dict[str, Any]:
        """Return the arguments for ``actions.accept_invitation``."""
        return {"name": self.cleaned_data.get("name", ""), "password": self.cleaned_data.get("password")}


def day_field(label: str, *, asked: str, required: bool = True, help_text: str = "") -> forms.DateField:
    """Return a field for one day, with messages that say what to type."""
    message = f"{asked}, like 1 September 2026"
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DateInput(),
        error_messages={"required": message, "invalid": message},
    )


class DeputyForm(forms.Form):
    """Name a deputy for one kind of decision and a time."""

    kind = forms.ChoiceField(
        label="For which decisions?",
        choices=[("", "Choose a kind of decision"), *((kind.value, kind.label) for kind in DECISION_PERMISSIONS)],
        error_messages=dict.fromkeys(NO_CHOICE, "Choose a kind of decision"),
    )
    user = forms.ChoiceField(label="Who decides?", error_messages=dict.fromkeys(NO_CHOICE, "Choose a person"))
    starts_date = day_field("First day", asked="Enter the first day")
    ends_date = day_field("Last day", asked="Enter the last day", help_text="At most a year after the first.")
    reason = forms.CharField(
        max_length=500,
        label="Why does the trust need a deputy?",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why the trust needs a deputy"},
    )

    def __init__(self, *args: Any, trust: Trust, by: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trust, self.today = trust, today
        people = queries.people_with(Permission.VIEW_HEADLINES, trust, on=today)
        self.people = {str(pk): person for pk, person in people.items() if pk != by.pk}
        choices = [("", "Choose a person"), *((pk, person.name) for pk, person in self.people.items())]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        first, last = given.get("starts_date"), given.get("ends_date")
        if first and first < self.today:
            self.add_error("starts_date", "The first day must be today or later")
        elif first and last:
            if last < first or last < self.today:
                self.add_error("ends_date", "The last day must be today or later, and not before the first day")
            elif last > first + LONGEST_DEPUTY:
                self.add_error("ends_date", "The last day can be a year after the first at the latest")
        if given.get("kind") and given.get("user"):
            given["kind"], given["user"] = DecisionKind(given["kind"]), self.people[given["user"]]
            if given["user"].pk not in queries.people_with(DEPUTY_READS[given["kind"]], self.trust, on=self.today):
                self.add_error(
                    "user", f"{given['user'].name} cannot see the pages for this decision. Choose another person"
                )
        if not self.errors and (other := queries.deputy_meanwhile(self.trust, given)):
            days = f"{day_in_words(other.starts_date)} to {day_in_words(other.ends_date)}"
            self.add_error("user", f"{other.user.name} is already a deputy for these decisions from {days}")
        return given
