"""Show the trust's map: all schools over time."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.queries.trust_map import MAP_SORTS, MapFilter, map_page, map_table
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_BOARD)
def trust_map(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show every school's percentiles over time against the four lines, as a page or a CSV file."""
    names = ("letter", "capacity", "phase", "sort")
    chosen = MapFilter(**{name: request.GET[name] for name in names if request.GET.get(name)})
    page = map_page(trust, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(map_table(page), f"map-{trust.pk}")
    context: dict[str, Any] = {
        "trust": trust,
        "page": page,
        "chosen": chosen,
        "sorts": [(name, words) for name, (words, _) in MAP_SORTS.items()],
        "headings": {heading["name"]: heading for heading in sort_headings(MAP_SORTS, chosen.sort, chosen.query)},
        "file_query": urlencode(chosen.query | {"sort": chosen.sort, "format": "csv"}),
    }
    return render(request, "dashboards/map.html", context)
