"""Provide what every list page needs: column headings that sort, and the list as a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from tables.lists import as_csv


def sort_headings(sorts: Mapping[str, tuple[str, Any]], sort: str, query: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a table's sortable column headings: name, label, ``aria-sort`` value and the URL that sorts by it."""
    headings = []
    for name, (label, _) in sorts.items():
        now = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
        kept = {key: value for key, value in query.items() if value}
        url = "?" + urlencode(kept | {"sort": f"-{name}" if now == "ascending" else name})
        headings.append({"name": name, "label": label, "aria": now, "url": url})
    return headings


def csv_response(table: Iterable[Sequence[object]], name: str) -> HttpResponse:
    """Send a table, with its column headings first, as a CSV file. The byte order mark makes Excel read it as UTF-8."""
    response = HttpResponse("\ufeff" + as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
