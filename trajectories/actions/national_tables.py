"""Save the national tables that the imported files give."""

from datetime import datetime
from typing import Any

import pandas as pd
from django.db import transaction
from django.utils import timezone

from kpis.queries.similar_context import newest_file
from trajectories.models import CalculatedTables
from trajectories.queries.national_tables import imported_averages, imported_percentiles, tables_seen
from trusts.locks import IMPORTS, wait_for_turn


@transaction.atomic
def keep_national_tables(*, at: datetime) -> bool:
    """Calculate the national tables again if a file was imported since; return whether it was done.

    Two queries if nothing was imported. No import runs at the same time, so that the tables have whole files.
    """
    if tables_seen() >= newest_file():
        return False
    wait_for_turn(IMPORTS)
    newest = newest_file()
    if tables_seen() >= newest:  # Somebody else has just done it.
        return False
    CalculatedTables.objects.all().delete()
    CalculatedTables.objects.create(
        files_seen=newest,
        computed_at=at,
        percentiles=_as_json(imported_percentiles(computed_on=timezone.localdate(at).isoformat())),
        averages=_as_json(imported_averages()),
    )
    return True


def _as_json(frame: pd.DataFrame) -> dict[str, Any]:
    kept = frame.to_dict("split", index=False)
    return {"columns": kept["columns"], "data": kept["data"]}
