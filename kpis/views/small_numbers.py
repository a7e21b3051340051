"""Show who sees figures about few people, and let the Board change it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.small_numbers import decide_small_numbers
from kpis.forms.small_numbers import SmallNumbersForm
from kpis.queries.small_numbers import rules_in_force, small_numbers_page
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_HEADLINES)
def small_numbers(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the rules in force in words, and the Board's decisions."""
    context = {"trust": trust, "page": small_numbers_page()}
    context["can_set"] = request.access.can(Permission.SET_SMALL_NUMBERS)
    return render(request, "kpis/small_numbers.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_SMALL_NUMBERS)
def small_numbers_change(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Enter a decision of the Board. It applies at once."""
    now = timezone.now()
    today = timezone.localdate(now)
    form = SmallNumbersForm(now=rules_in_force(), on=today, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        decide_small_numbers(
            trust=trust,
            rules=form.rules,
            decided_on=form.cleaned_data["decided_on"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=now,
            on=today,
        )
        messages.success(request, "The new rules apply. Sightline is recalculating every school.")
        return redirect("kpis:small_numbers", trust.pk)
    return render(
        request, "kpis/small_numbers_change.html", {"trust": trust, "form": form}, status=422 if form.errors else 200
    )
