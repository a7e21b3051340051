"""A list as a file, as tests read it."""

import csv

from django.http import HttpResponse


def file_of(response: HttpResponse) -> list[dict[str, str]]:
    """Return the rows of a CSV file, each by its heads."""
    heads, *rows = csv.reader(response.text.removeprefix("\ufeff").splitlines())
    return [dict(zip(heads, row, strict=True)) for row in rows]
