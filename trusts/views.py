from collections.abc import Callable
from datetime import date

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tables.dates import day_in_words
from trusts import actions, queries
from trusts.form_posts import sent_from
from trusts.forms import AcceptInvitationForm, DeputyForm, EndRoleForm, InviteForm, PeopleFilterForm
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import PRIVILEGED_ROLES, DecisionDeputy, Invitation, Membership, Role, Trust, User
from trusts.permissions import InvitationClosed, Permission, TrustRequest, enter_by_invitation, requires
from trusts.rules.role_days import RoleDaysRefused
from trusts.tasks import send_invitation, send_role_notices


@require_GET
@requires(Permission.MANAGE_PEOPLE)
def people(request: TrustRequest, trust: Trust) -> HttpResponse:
    form = PeopleFilterForm(request.GET, trust=trust)
    chosen = form.people_filter()
    context = {
        "trust": trust,
        "form": form,
        "chosen": chosen,
        "rows": queries.people(trust, on=timezone.localdate(), chosen=chosen),
        "invitations": queries.open_invitations(trust, at=timezone.now()),
        "requests": queries.role_requests(trust, reader=request.user, on=timezone.localdate()),
        "can_confirm": request.access.can(Permission.CONFIRM_ROLES),
        "headings": sort_headings(queries.PEOPLE_SORTS, chosen.sort, form.chosen),
    }
    return render_page(request, "trusts/people.html", "trusts/_people_table.html", context)


@require_GET
@requires(Permission.MANAGE_PEOPLE)
def people_csv(request: TrustRequest, trust: Trust) -> HttpResponse:
    chosen = PeopleFilterForm(request.GET, trust=trust).people_filter()
    rows = queries.people(trust, on=timezone.localdate(), chosen=chosen)
    return csv_response(queries.people_table(rows), f"people-{trust.pk}")


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def invite(request: TrustRequest, trust: Trust) -> HttpResponse:
    now = timezone.now()
    form = InviteForm(_posted(request), trust=trust, by=request.user, at=now)
    if form.is_valid():
        invitation = actions.invite(trust=trust, at=now, by=request.user, **form.invitation())
        if invitation.is_unconfirmed:
            _send_notices_on_commit(trust)
            messages.success(request, f"The invitation of {invitation.name} is waiting to be confirmed.")
        else:
            _send_on_commit(invitation)
            messages.success(request, f"{invitation.name} is invited. We are emailing {invitation.email}.")
        return redirect("trusts:people", trust_id=trust.pk)
    return render(request, "trusts/invite.html", {"trust": trust, "form": form}, status=_status(form))


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
@sent_from("trusts:people", "trust_id")
def invitation_resend(request: TrustRequest, trust: Trust, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    done = f"We are emailing a new link to {invitation.email}. The old link no longer works."
    if _was_done(request, actions.renew_invitation, invitation, done):
        _send_on_commit(invitation)
    return redirect("trusts:people", trust_id=trust.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def invitation_withdraw(request: TrustRequest, trust: Trust, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    if request.method == "GET":
        context = {"trust": trust, "invitation": invitation}
        return render(request, "trusts/invitation_withdraw.html", context)
    done = f"You withdrew the invitation to {invitation.name}. Its link no longer works."
    if _was_done(request, actions.withdraw_invitation, invitation, done):
        _send_notices_on_commit(trust)
    return redirect("trusts:people", trust_id=trust.pk)


@require_GET
@requires(Permission.CONFIRM_ROLES)
def role_requests(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the invitations to privileged roles that somebody has to confirm."""
    found = queries.role_requests(trust, reader=request.user, on=timezone.localdate())
    return render(request, "trusts/role_requests.html", {"trust": trust, "requests": found, "can_confirm": True})


@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIRM_ROLES)
@sent_from("trusts:role_requests", "trust_id")
def invitation_confirm(request: TrustRequest, trust: Trust, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    done = f"You confirmed the invitation of {invitation.name}. We are emailing them."
    if _was_done(request, actions.confirm_invitation, invitation, done):
        _send_on_commit(invitation)
        _send_notices_on_commit(trust)
    return redirect("trusts:role_requests", trust_id=trust.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIRM_ROLES)
@sent_from("trusts:role_requests", "trust_id")
def invitation_decline(request: TrustRequest, trust: Trust, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.filter(role__in=PRIVILEGED_ROLES), pk=invitation_id)
    done = f"You declined the invitation of {invitation.name}. We are telling whoever asked."
    if _was_done(request, actions.withdraw_invitation, invitation, done):
        _send_notices_on_commit(trust)
    return redirect("trusts:role_requests", trust_id=trust.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.NAME_DEPUTIES)
def deputy_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the deputies for kinds of decision, and name another."""
    now = timezone.now()
    form = DeputyForm(_posted(request), trust=trust, by=request.user, today=timezone.localdate(now))
    if form.is_valid():
        deputy = actions.name_deputy(trust=trust, by=request.user, at=now, **form.cleaned_data)
        _send_notices_on_commit(trust)
        messages.success(request, f"{deputy.user.name} is a deputy until {day_in_words(deputy.ends_date)}.")
        return redirect("trusts:deputy_list", trust_id=trust.pk)
    context = {"trust": trust, "form": form, "deputies": queries.deputies(trust, on=timezone.localdate(now))}
    return render(request, "trusts/deputy_list.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@requires(Permission.NAME_DEPUTIES)
@sent_from("trusts:deputy_list", "trust_id")
def deputy_end(request: TrustRequest, trust: Trust, deputy_id: int) -> HttpResponse:
    found = DecisionDeputy.objects.filter(trust=trust).select_related("user", "trust")
    deputy = get_object_or_404(found, pk=deputy_id)
    actions.end_deputy(deputy=deputy, by=request.user, at=timezone.now())
    _send_notices_on_commit(trust)
    messages.success(request, f"{deputy.user.name} is no longer a deputy.")
    return redirect("trusts:deputy_list", trust_id=trust.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def role_end(request: TrustRequest, trust: Trust, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.of(trust).select_related("user"), pk=membership_id)
    now = timezone.now()
    today = timezone.localdate(now)
    is_over = membership.ends_date is not None and membership.ends_date < today
    has_ended = is_over or membership.was_left_behind(on=today)
    form = EndRoleForm(_posted(request), last_day=membership.ends_date, today=today)
    if form.is_valid():
        last_day = form.new_last_day()
        try:
            actions.end_role(membership=membership, on=last_day, at=now, by=request.user)
        except RoleDaysRefused as refused:  # Somebody else has ended it since.
            form.add_error(None, str(refused))
        except actions.LastManagingRole:
            form.add_error(None, "This is your last role that manages people. Ask a colleague to end it.")
        else:
            _send_notices_on_commit(trust)
            messages.success(request, f"{membership.user.name} {_ended(membership, last_day=last_day, today=today)}.")
            return redirect("trusts:people", trust_id=trust.pk)
    school_name = queries.school_name(trust, membership.school_id)
    context = {"trust": trust, "membership": membership, "form": form, "school_name": school_name}
    return render(request, "trusts/role_end.html", context | {"has_ended": has_ended}, status=_status(form))


@login_not_required
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation. The signed link gives access to its trust, for accepting only."""
    now = timezone.now()
    try:
        invited = enter_by_invitation(token, at=now)
    except InvitationClosed as closed:
        return _closed(request, why=closed.why, email=closed.email)
    account = User.objects.filter(email__iexact=invited.email).first()
    school_name = queries.school_name(invited.trust, invited.school_id)
    context = {"invitation": invited, "role": Role(invited.role), "school_name": school_name, "account": account}
    if (request.user if request.user.is_authenticated else None) != account:
        return render(request, "trusts/invitation_sign_in.html", context)
    form = AcceptInvitationForm(_posted(request), invitation=invited, is_new=account is None)
    if form.is_valid():
        try:
            user = actions.accept_invitation(invitation=invited, at=now, **form.answer())
        except actions.InvitationUsed:  # The other press of a double click, or somebody withdrew it since.
            invited.refresh_from_db(fields=["accepted_at", "withdrawn_at"])
            why = "used" if invited.accepted_at else "withdrawn" if invited.withdrawn_at else "expired"
            return _closed(request, why=why, email=invited.email)
        except actions.AccountExists:
            return redirect("invitation", token=token)  # The page asks the person to sign in.
        _send_notices_on_commit(invited.trust)
        messages.success(request, f"Welcome to {invited.trust.name}.")
        return redirect(settings.LOGIN_REDIRECT_URL) if account else _sign_in(request, user)
    return render(request, "trusts/invitation.html", context | {"form": form}, status=_status(form))


def _was_done(
    request: TrustRequest, action: Callable[..., Invitation | None], invitation: Invitation, done: str
) -> bool:
    """Return whether an action on an invitation was done, and say so, or say why not."""
    try:
        action(invitation=invitation, at=timezone.now(), by=request.user)
    except actions.InvitationUsed:
        messages.error(request, f"The invitation of {invitation.name} was already accepted, confirmed or withdrawn.")
    except actions.InvitationUnconfirmed:
        messages.error(request, f"The invitation of {invitation.name} is waiting to be confirmed.")
    except actions.InvitedOneself:
        messages.error(request, "This invitation is for you. Ask a colleague to send it.")
    else:
        messages.success(request, done)
        return True
    return False


def _closed(request: HttpRequest, *, why: str, email: str) -> HttpResponse:
    """Say why an invitation cannot be accepted. Whoever accepted it and is signed in goes to their home page."""
    if why == "used" and request.user.is_authenticated and request.user.email.casefold() == email.casefold():
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "trusts/invitation_closed.html", {"why": why}, status=410)


def _status(form: Form) -> int:
    return 422 if form.errors else 200


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    # Through allauth's own sign-in, so that its stages and its record of methods apply here too.
    return perform_login(request, user, email_verification="none")


def _send_on_commit(invitation: Invitation) -> None:
    # Robust: with the broker down, the invitation is still saved, is shown as not sent, and the sweep sends it.
    # A lambda, because Django names what failed by its __qualname__, which a partial does not have.
    ids = {"trust_id": invitation.trust_id, "invitation_id": invitation.pk}
    transaction.on_commit(lambda: send_invitation.delay(**ids), robust=True)


def _send_notices_on_commit(trust: Trust) -> None:
    # Robust: with the broker down, the notices are still stored, and the sweep sends them.
    trust_id = trust.pk
    transaction.on_commit(lambda: send_role_notices.delay(trust_id=trust_id), robust=True)


def _ended(membership: Membership, *, last_day: date, today: date) -> str:
    role = Role(membership.role).label
    return f"is {role} until {day_in_words(last_day)}" if last_day >= today else f"is no longer {role}"
