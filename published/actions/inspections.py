"""Import Ofsted's lists of inspections: each list as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from published.actions.imports import FileImportedBefore, ImportResult
from published.dfe import InspectionList, ReadInspection
from published.models import ImportedFile, Inspection
from trusts.locks import IMPORTS, wait_for_turn

KEY = ("urn", "inspected_urn", "start_date")
FIELDS = ("inspected_name", "published_date", "framework", "kind", "number", "judgements")
ROWS_AT_ONCE = 5_000


@transaction.atomic
def import_inspections(
    *, inspections: InspectionList, name: str, sha256: str, at: datetime, again: bool = False
) -> ImportResult:
    """Store the inspections of one of Ofsted's lists, and return what that changed.

    Where two lists differ about an inspection, the list with the newer dates counts, whichever is imported first. What
    a list does not say replaces nothing. ``again`` first removes what exactly this file brought before.

    Raises:
        FileImportedBefore: exactly this file was imported before, and ``again`` is False.
    """
    wait_for_turn(IMPORTS)
    earlier = ImportedFile.objects.filter(sha256=sha256).first()
    if earlier is not None and not again:
        raise FileImportedBefore(earlier)
    if earlier is not None:
        earlier.delete()
    newest = inspections.newest.isoformat()
    file = ImportedFile.objects.create(
        sha256=sha256, name=name, layout=inspections.layout.code, summary={"newest": newest}, imported_at=at
    )
    held = {
        tuple(row[:3]): row[3:]
        for row in Inspection.objects.values_list(*KEY, *FIELDS, "file_id", "file__summary__newest")
    }
    rows, added, changed = [], 0, 0
    for inspection in inspections.inspections:
        row, file_id = _fields(inspection), file.pk
        if (before := held.get(inspection.key)) is not None:
            stored = dict(zip(FIELDS, before, strict=False))
            is_newer = newest >= (before[-1] or "")
            row = _merged(row, stored) if is_newer else _merged(stored, row)
            if row == stored:
                continue
            file_id = file.pk if is_newer else before[-2]
        rows.append(Inspection(**dict(zip(KEY, inspection.key, strict=True)), **row, file_id=file_id))
        added, changed = added + (before is None), changed + (before is not None)
    Inspection.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=KEY,
        update_fields=[*FIELDS, "file"],
        batch_size=ROWS_AT_ONCE,
    )
    read = len(inspections.inspections) + sum(inspections.skipped.values())
    unchanged = len(inspections.inspections) - added - changed
    outcome = ImportResult(read, added, changed, unchanged, dict(inspections.skipped))
    file.summary = asdict(outcome) | {"rows": inspections.rows, "newest": newest}
    file.save(update_fields=["summary"])
    return outcome


def _fields(inspection: ReadInspection) -> dict[str, Any]:
    judgements = [{"area": area, "words": words} for area, words in inspection.judgements.items()]
    return {name: getattr(inspection, name) for name in FIELDS} | {"judgements": judgements}


def _merged(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the newer list says, and from the older one what the newer leaves out."""
    merged = {name: newer[name] or older[name] for name in FIELDS}
    if newer["framework"] == older["framework"]:
        judged = {judgement["area"] for judgement in newer["judgements"]}
        kept = [judgement for judgement in older["judgements"] if judgement["area"] not in judged]
        merged["judgements"] = [*newer["judgements"], *kept]
    if _by_area(merged["judgements"]) == _by_area(older["judgements"]):
        merged["judgements"] = older["judgements"]  # Only their order differs.
    return merged


def _by_area(judgements: list[dict[str, str]]) -> dict[str, str]:
    return {judgement["area"]: judgement["words"] for judgement in judgements}
