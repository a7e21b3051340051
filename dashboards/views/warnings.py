"""Show the early warnings of the trust."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from dashboards.queries.warnings import (
    OUTLOOK_SORTS,
    OutlookFilter,
    filtered_outlooks,
    forecast_record_rows,
    outlook_filter_choices,
    outlook_rows,
    warnings_table,
)
from schools.models import School
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_BOARD)
def warning_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List every school's expected next results, the greatest risk first, as a page or a CSV file."""
    names = ("measure", "warning", "phase", "sort")
    chosen = OutlookFilter(**{name: request.GET[name] for name in names if name in request.GET})
    all_rows = outlook_rows(list(School.objects.filter(trust=trust).by_name()))
    rows = filtered_outlooks(all_rows, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(warnings_table(rows), f"warnings-{trust.pk}")
    headings = {heading["name"]: heading for heading in sort_headings(OUTLOOK_SORTS, chosen.sort, chosen.query)}
    context = {
        "trust": trust,
        "all_rows": all_rows,
        "rows": rows,
        "chosen": chosen,
        "headings": headings,
        "record": forecast_record_rows(all_rows),
        **outlook_filter_choices(all_rows),
    }
    return render_page(request, "dashboards/warning_list.html", "dashboards/_warning_table.html", context)
