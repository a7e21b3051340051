"""Import the publishers' files: each file as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import pandas as pd
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from published.actions import bulk_figures
from published.actions.bulk_figures import FiguresToLoad, LoadCounts
from published.dfe import ResultsFile, ValueStatus
from published.models import ImportedFile, NationalFigure, SchoolList
from tables.dates import day_in_words
from trusts.locks import IMPORTS, wait_for_turn

NATIONAL_KEY = ["measure", "geography", "scope", "school_year", "release", "pupil_group"]
SCHOOL_LAYOUTS = ("ks2", "ks4")  # The files that name schools and tell the phase of education of their results.
SCHOOL_COLUMNS = ("urn", "name", "la", "estab", "school_type", "is_mainstream")
NOWHERE = 0  # The number if the file does not name an authority, and for England.


class FileImportedBefore(ValueError):
    """Exactly this file was imported before."""

    def __init__(self, file: ImportedFile) -> None:
        self.file = file
        super().__init__(f"the same file was imported on {day_in_words(timezone.localdate(file.imported_at))}")


@dataclass(frozen=True)
class PreparedImport:
    """A file that was read and prepared as far as possible without the database."""

    results: ResultsFile
    figures: FiguresToLoad | None  # Schools' figures, written out; None: the file is about trusts.
    schools: bytes | None  # The list of schools, packed; None: the file has no list.


def prepare_import(results: ResultsFile) -> PreparedImport:
    """Write out what to load. The next file can be prepared while the database takes in this one."""
    figures = None if _is_about_trusts(results) else bulk_figures.figures_to_load(results.values)
    return PreparedImport(results, figures, _schools_in(results))


def _schools_in(results: ResultsFile) -> bytes | None:
    """Pack the schools that a results file lists, for ``SchoolList``. Return None for other files."""
    if results.layout.code not in SCHOOL_LAYOUTS or results.schools.empty:
        return None
    columns = {
        name: results.schools[name].to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # None
        for name in SCHOOL_COLUMNS
    }
    return SchoolList.pack(columns)


@dataclass(frozen=True)
class ImportResult:
    """How many figures a file brought: about schools, England, authorities or trusts.

    ``skipped`` counts the figures that were read but not kept, by reason.
    """

    read: int
    added: int
    changed: int
    unchanged: int
    skipped: Mapping[str, int]


@transaction.atomic
def import_results(
    *, prepared: PreparedImport, name: str, sha256: str, at: datetime, again: bool = False
) -> ImportResult:
    """Store the figures of one published file, and return what that changed.

    Provisional, revised and final figures are stored separately. Within a release the last imported file counts, but a
    blank cell replaces nothing. ``again`` first removes what exactly this file brought before: its year may have been
    wrong, or Sightline may read more of its columns now.

    Raises:
        FileImportedBefore: exactly this file was imported before, and ``again`` is False.
    """
    results = prepared.results
    wait_for_turn(IMPORTS)  # Each import reads the table before it writes.
    earlier = ImportedFile.objects.filter(sha256=sha256).first()
    if earlier is not None and not again:
        raise FileImportedBefore(earlier)
    if earlier is not None:
        earlier.delete()
    is_first = len(results.summary.years) == 1 and not _beside(results).exists()
    file = ImportedFile.objects.create(sha256=sha256, name=name, summary={}, imported_at=at, **_known_by(results))
    figures, skipped = _figures(results)
    loaded = [_load_figures(figures, file)]
    if prepared.figures is not None:
        load = bulk_figures.add_figures if is_first else bulk_figures.merge_figures
        loaded.append(load(prepared.figures, file_id=file.pk))
    if prepared.schools is not None:
        SchoolList.objects.create(file=file, packed=prepared.schools)
    outcome = ImportResult(
        read=len(results.values) + len(results.national),
        added=sum(part.added for part in loaded),
        changed=sum(part.changed for part in loaded),
        unchanged=sum(part.unchanged for part in loaded),
        skipped=skipped,
    )
    file.summary = asdict(outcome) | {
        "rows": results.summary.rows,
        "by_status": dict(results.summary.by_status),
        "years": list(results.summary.years),
    }
    file.save(update_fields=["summary"])
    return outcome


def _known_by(results: ResultsFile) -> dict[str, str | int]:
    summary = results.summary
    return {"layout": summary.layout, "school_year": summary.year, "release": summary.release}


def _beside(results: ResultsFile) -> QuerySet[ImportedFile]:
    """Return the files that may have figures of the same measures, year and release. A measure has one layout."""
    known_by = _known_by(results)
    same = ImportedFile.objects.filter(layout=known_by["layout"])
    return same.filter(Q(**known_by) | Q(summary__years__contains=known_by["school_year"]))


def _is_about_trusts(results: ResultsFile) -> bool:
    return results.layout.key == "uid"


def _figures(results: ResultsFile) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the figures of places and trusts as table rows, and the number of figures left out by reason."""
    if _is_about_trusts(results):
        places = "trust " + results.values["uid"].astype(str)
        frame = results.values.assign(geography=places, scope="state-funded")
    else:
        frame = results.national
        authorities = "local authority " + frame["la"].astype(str)
        frame = frame.assign(geography=frame["geography"].where(frame["geography"] == "England", authorities))
    frame = frame.rename(columns={"year": "school_year"})
    has_number = frame["status"] == ValueStatus.VALUE
    is_somewhere = frame["geography"] != f"local authority {NOWHERE}"
    reasons = {
        "about an authority or trust, without a number": int((~has_number).sum()),
        "about an authority that the file does not name": int((has_number & ~is_somewhere).sum()),
    }
    kept = frame.loc[has_number & is_somewhere, [*NATIONAL_KEY, "value"]]
    return kept.astype({"measure": str, "release": str, "pupil_group": str}), {
        reason: count for reason, count in reasons.items() if count
    }


def _load_figures(figures: pd.DataFrame, file: ImportedFile) -> LoadCounts:
    held = {
        tuple(row[:-1]): row[-1]
        for row in NationalFigure.objects.filter(
            school_year__in=set(figures["school_year"]), release=file.release, measure__in=set(figures["measure"])
        ).values_list(*NATIONAL_KEY, "value")
    }
    rows = {tuple(row[:-1]): row[-1] for row in figures.itertuples(index=False, name=None)}
    added = [key for key in rows if key not in held]
    changed = [key for key in rows if key in held and held[key] != rows[key]]
    NationalFigure.objects.bulk_create(
        [
            NationalFigure(**dict(zip(NATIONAL_KEY, key, strict=True)), value=rows[key], file=file)
            for key in [*added, *changed]
        ],
        update_conflicts=True,
        unique_fields=NATIONAL_KEY,
        update_fields=["value", "file"],
    )
    return LoadCounts(len(added), len(changed), len(rows) - len(added) - len(changed))
