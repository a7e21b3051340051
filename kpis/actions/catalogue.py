from django.db import transaction

from kpis.catalogue import catalogue_indicators
from kpis.models import IndicatorCode


@transaction.atomic
def sync_catalogue() -> int:
    """Update the indicator rows from the catalogue's files; return the number of indicators.

    Rows whose code has left the catalogue are kept, so that old returns stay readable.
    """
    rows = [
        IndicatorCode(code=indicator.code, title=indicator.title, area=indicator.area.value)
        for indicator in catalogue_indicators()
    ]
    IndicatorCode.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["title", "area"]
    )
    return len(rows)
