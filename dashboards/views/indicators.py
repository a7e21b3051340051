"""Show one indicator across the trust's schools, the headline comparison, and the list of all lines."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.queries.headlines import (
    HEADLINE_SORTS,
    HeadlineFilter,
    filtered_schools,
    headline_rows,
    headlines_page,
    headlines_table,
)
from dashboards.queries.indicators import indicator_across_schools
from dashboards.queries.line_list import (
    ACROSS_SORTS,
    SCORE_LINE_SORTS,
    ScoreLineFilter,
    filtered_score_lines,
    lines_table,
    phases_of_education,
    score_line_filter_choices,
)
from kpis.catalogue import Indicator
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import score_rows
from kpis.queries.small_numbers import reader_of
from kpis.rules.privacy import FigureReader
from schools.models import School
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_BOARD)
def line_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List every line of every school, the lowest rating first, as a page or a CSV file."""
    chosen = ScoreLineFilter(**_given(request, "area", "rating", "school", "phase", "sort"))
    schools = list(School.objects.filter(trust=trust).by_name())
    lines = score_rows(schools, trust_indicators(on=timezone.localdate()), reader_of(request.access))
    rows = filtered_score_lines(lines, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(lines_table(rows), f"lines-{trust.pk}")
    headings = {heading["name"]: heading for heading in sort_headings(SCORE_LINE_SORTS, chosen.sort, chosen.query)}
    context = {
        "trust": trust,
        "schools": schools,
        "rows": rows,
        "chosen": chosen,
        "headings": headings,
        **score_line_filter_choices(),
    }
    context["phases"] = phases_of_education(schools)
    return render_page(request, "dashboards/line_list.html", "dashboards/_line_table.html", context)


@require_GET
@requires(Permission.VIEW_HEADLINES)
def indicator_across(request: TrustRequest, trust: Trust, code: str) -> HttpResponse:
    """Show one indicator at every school it applies to. People who see only headlines get only its figures."""
    known = trust_indicators(on=timezone.localdate())
    indicator = known.get(code)
    sees_lines = request.access.can(Permission.VIEW_BOARD)
    if indicator is None or not (sees_lines or indicator.headline):
        raise Http404("No such indicator here")
    asked = [school for school in School.objects.filter(trust=trust).by_name() if school.phase in indicator.phases]
    chosen = ScoreLineFilter(**{"sort": "school"} | _given(request, "phase", "rating", "sort"))
    if sees_lines:
        shown = _lines_of(asked, indicator, chosen, known=known, reader=reader_of(request.access))
    else:
        shown = _headline_of(asked, indicator, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(shown["table"], f"{code}-{trust.pk}")
    context = {"trust": trust, "indicator": indicator, "schools": asked, "sees_lines": sees_lines, "chosen": chosen}
    context |= {"phases": phases_of_education(asked), "ratings": score_line_filter_choices()["ratings"]}
    context["headings"] = {
        heading["name"]: heading for heading in sort_headings(shown["sorts"], chosen.sort, chosen.query)
    }
    return render(request, "dashboards/indicator_across.html", context | shown)


@require_GET
@requires(Permission.VIEW_HEADLINES)
def headline_comparison(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Compare schools of one phase of education on the headline indicators, as a page or a CSV file."""
    chosen, own = HeadlineFilter(**_given(request, "phase", "area", "sort")), request.access.own_schools()
    schools = list(School.objects.filter(trust=trust).by_name())
    page = headlines_page(schools, chosen, own=own, on=timezone.localdate())
    if request.GET.get("format") == "csv":
        return csv_response(headlines_table(page.rows), f"headlines-{trust.pk}")
    file_query = urlencode({"phase": page.phase, "area": chosen.area, "sort": chosen.sort, "format": "csv"})
    context = {"trust": trust, "page": page, "chosen": chosen, "own": own, "file_query": file_query}
    return render(request, "dashboards/headlines.html", context)


def _given(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET[name] for name in names if name in request.GET}


def _lines_of(
    schools: list[School],
    indicator: Indicator,
    chosen: ScoreLineFilter,
    *,
    known: Mapping[str, Indicator],
    reader: FigureReader,
) -> dict[str, Any]:
    # The total is of all schools, not only of those that the filter keeps.
    all_rows, total = indicator_across_schools(schools, indicator, known, reader)
    rows = filtered_score_lines(all_rows, chosen)
    return {"all_rows": all_rows, "rows": rows, "total": total, "sorts": ACROSS_SORTS, "table": lines_table(rows)}


def _headline_of(schools: list[School], indicator: Indicator, chosen: ScoreLineFilter) -> dict[str, Any]:
    all_rows = headline_rows(schools, {indicator.code: indicator}).get(indicator.area, [])
    rows = [filtered_schools(row, phase=chosen.phase, sort=chosen.sort) for row in all_rows]
    return {
        "all_rows": all_rows,
        "cells": rows[0].pairs if rows else [],
        "total": all_rows[0].total if all_rows else None,
        "sorts": HEADLINE_SORTS,
        "table": headlines_table(rows),
    }
