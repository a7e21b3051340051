"""Read a list's CSV file in tests."""

import csv

from django.http import HttpResponse


def file_of(response: HttpResponse) -> list[dict[str, str]]:
    """Return the rows of a CSV file as dictionaries by column heading."""
    headings, *rows = csv.reader(response.text.removeprefix("\ufeff").splitlines())
    return [dict(zip(headings, row, strict=True)) for row in rows]
