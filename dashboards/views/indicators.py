"""One indicator across the trust's schools, the headline comparison, and every line as a list."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.queries.indicators import across, headlines
from dashboards.queries.line_list import ACROSS_SORTS, SORTS, Wanted, choices, chosen, lines_table
from kpis.queries.catalogue import indicators
from kpis.queries.score_lines import line_rows
from schools.models import School
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.rules import in_order


@require_GET
@requires(Permission.VIEW_BOARD)
def line_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List every line of every school, the worst first; as a file on request."""
    wanted = Wanted(**{name: request.GET[name] for name in ("area", "rating", "school", "sort") if name in request.GET})
    schools = list(School.objects.filter(trust=trust).by_name())
    rows = chosen(line_rows(schools), wanted)
    if request.GET.get("format") == "csv":
        return csv_response(lines_table(rows), f"lines-{trust.pk}")
    heads = {head["name"]: head for head in sort_heads(SORTS, wanted.sort, wanted.query)}
    context = {"trust": trust, "schools": schools, "rows": rows, "wanted": wanted, "heads": heads, **choices()}
    return render_page(request, "dashboards/line_list.html", "dashboards/_line_table.html", context)


@require_GET
@requires(Permission.VIEW_HEADLINES)
def indicator_across(request: TrustRequest, trust: Trust, code: str) -> HttpResponse:
    """Show one indicator at every school it applies to, or as a file; to those of headlines only, its figures."""
    indicator = indicators().get(code)
    sees_lines = request.access.can(Permission.VIEW_BOARD)
    if indicator is None or not (sees_lines or indicator.headline):
        raise Http404("No such indicator here")
    asked = [each for each in School.objects.filter(trust=trust).by_name() if each.phase in indicator.phases]
    context = {"trust": trust, "indicator": indicator, "schools": asked, "sees_lines": sees_lines}
    if sees_lines:
        rows, context["total"] = across(asked, indicator)
        sort = request.GET.get("sort", "school")
        rows = in_order(rows, ACROSS_SORTS, sort)
        if request.GET.get("format") == "csv":
            return csv_response(lines_table(rows), f"{code}-{trust.pk}")
        context |= {
            "rows": rows,
            "sort": sort,
            "heads": {head["name"]: head for head in sort_heads(ACROSS_SORTS, sort, {})},
        }
    else:
        found = headlines(asked, codes=[code]).get(indicator.area, [])
        context["cells"] = found[0].pairs if found else []
        context["total"] = found[0].total if found else None
    return render(request, "dashboards/indicator_across.html", context)


@require_GET
@requires(Permission.VIEW_HEADLINES)
def headline_comparison(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Compare the trust's schools of one phase of education on the headline indicators."""
    every = list(School.objects.filter(trust=trust).by_name())
    own = [each.phase for each in every if each.pk in request.access.own_schools()]
    phases = list(dict.fromkeys(each.phase for each in every))
    phase = request.GET.get("phase") or next(iter([*own, *phases]), "")
    schools = [each for each in every if each.phase == phase]
    context = {
        "trust": trust,
        "areas": headlines(schools).items(),
        "schools": schools,
        "own": request.access.own_schools(),
        "phase": phase,
        "phases": [(each, School.Phase(each).label) for each in phases],
    }
    return render(request, "dashboards/headlines.html", context)
