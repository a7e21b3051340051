from django.db import transaction

from kpis.catalogue import catalogue_indicators
from kpis.models import IndicatorCode


@transaction.atomic
def sync_catalogue() -> int:
    """Make the indicator rows those of the catalogue's files; return how many there are.

    A code that left the catalogue keeps its row while figures point to it: old returns must stay readable.
    """
    rows = [IndicatorCode(code=each.code, title=each.title, area=each.area.value) for each in catalogue_indicators()]
    IndicatorCode.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["title", "area"]
    )
    return len(rows)
