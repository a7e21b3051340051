"""Add indicators of the trust's own, and reword them from a date."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kpis.actions.own_indicators import add_own_indicator, change_own_indicator
from kpis.forms.own_indicators import OwnIndicatorForm
from kpis.queries.catalogue import own_versions, trust_indicators, trust_indicators_from
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def own_add(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Add an indicator of the trust's own."""
    now = timezone.now()
    on = timezone.localdate(now)
    taken = [indicator.title for indicator in trust_indicators(on=timezone.localdate()).values()]
    form = OwnIndicatorForm(on=on, data=request.POST if request.method == "POST" else None, taken=taken)
    if form.is_valid():
        code = add_own_indicator(trust=trust, change=form.change, by=request.user, at=now, on=on)
        messages.success(request, f"{form.cleaned_data['title']} added. The Board sets its targets.")
        return redirect("kpis:set_indicator", trust.pk, code)
    return render(request, "kpis/own_form.html", {"trust": trust, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def own_change(request: TrustRequest, trust: Trust, code: str) -> HttpResponse:
    """Reword an indicator of the trust's own from a date."""
    now = timezone.now()
    on = timezone.localdate(now)
    versions = own_versions()
    if code not in versions:
        raise Http404("Not an indicator of the trust's own")
    indicator = versions[code][-1].definition.meaning
    taken = [other.title for name, other in trust_indicators_from(versions, on=on).items() if name != code]
    data = request.POST if request.method == "POST" else None
    form = OwnIndicatorForm(on=on, data=data, now=indicator, taken=taken)
    if form.is_valid():
        change_own_indicator(trust=trust, code=code, change=form.change, by=request.user, at=now, on=on)
        messages.success(request, f"{form.cleaned_data['title']}: your changes are saved")
        return redirect("kpis:set_indicator", trust.pk, code)
    context = {"trust": trust, "form": form, "indicator": indicator}
    return render(request, "kpis/own_form.html", context, status=422 if form.errors else 200)
