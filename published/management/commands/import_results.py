from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from published.actions.imports import FileImportedBefore, PreparedImport, import_results, prepare_import
from published.actions.inspections import import_inspections
from published.dfe import RELEASES, InspectionList, ResultsFile, read_published_file
from published.dfe.inspection_layouts import inspection_layouts
from published.dfe.layouts import TITLES, school_year
from published.models import ImportedFile
from schools.management.import_command import FileCommand, ImportedFileLine
from tables.dates import day_in_words
from tables.hidden import HIDDEN_AND_USED, HiddenParts


class Command(FileCommand):
    help = (
        "Import published results in the Department's own layouts: key stages 2 and 4, absence, suspensions, "
        "workforce, census, destinations, trusts; and Ofsted's monthly lists of inspections. Each file is recognised "
        "by its columns, and imported as a whole or not at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--year",
            type=int,
            metavar="YYYY",
            help="the year the school year ends in: if no folder or column has it, or to read one year of a long table",
        )
        parser.add_argument("--release", choices=RELEASES, help="if neither the file's name nor its folder has it")
        parser.add_argument(
            "--again",
            action="store_true",
            help="remove the results that this file imported before, then import it again",
        )

    def known(self, path: Path, **options: Any) -> ImportedFileLine | None:
        if options["again"] or not path.is_file():
            return None
        earlier = ImportedFile.objects.filter(sha256=_digest(path)).first()
        return _unchanged(path, earlier) if earlier is not None else None

    def read(self, path: Path, **options: Any) -> tuple[str, PreparedImport | InspectionList]:
        published = read_published_file(
            path, year=options["year"], release=options["release"], hidden=HiddenParts(options["hidden"])
        )
        return _digest(path), published if isinstance(published, InspectionList) else prepare_import(published)

    def write(
        self, path: Path, content: tuple[str, PreparedImport | InspectionList], **options: Any
    ) -> ImportedFileLine:
        digest, prepared = content
        if isinstance(prepared, InspectionList):
            return _write_inspections(path, digest, prepared, again=options["again"])
        try:
            outcome = import_results(
                prepared=prepared, name=path.name, sha256=digest, at=timezone.now(), again=options["again"]
            )
        except FileImportedBefore as before:  # It was named twice, or somebody else has just imported it.
            return _unchanged(path, before.file)
        results = prepared.results
        summary = results.summary
        what = f"{results.layout.title}, {school_year(summary.year)}, {summary.release}"
        return ImportedFileLine.of(outcome, file=_name(path), what=what, notes=notes_on(results))


def _write_inspections(path: Path, digest: str, inspections: InspectionList, *, again: bool) -> ImportedFileLine:
    try:
        outcome = import_inspections(
            inspections=inspections, name=path.name, sha256=digest, at=timezone.now(), again=again
        )
    except FileImportedBefore as before:
        return _unchanged(path, before.file)
    return ImportedFileLine.of(outcome, file=_name(path), what=inspections.layout.title, notes=inspections.notes())


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _name(path: Path) -> str:
    """Return a file's name with its folder's name, which often has the year."""
    return f"{path.resolve().parent.name}/{path.name}"


def _unchanged(path: Path, earlier: ImportedFile) -> ImportedFileLine:
    read_before = earlier.summary.get("read", 0)
    year = school_year(earlier.school_year) if earlier.school_year else ""
    titles = TITLES | {layout.code: layout.title for layout in inspection_layouts()}
    return ImportedFileLine(
        file=_name(path),
        what=", ".join(filter(None, [titles[earlier.layout], year, earlier.release])),
        read=read_before,
        unchanged=read_before,
        notes=[
            f"the very same file was imported on {day_in_words(timezone.localdate(earlier.imported_at))}: nothing to do"
        ],
    )


def notes_on(results: ResultsFile) -> list[str]:
    summary = results.summary
    notes = [f"left out: {left_out}" for left_out in summary.left_out]
    notes += [f"left out: {words}" for words in summary.left_out_columns]
    if summary.hidden:
        notes.append(f"{HIDDEN_AND_USED}: {', '.join(summary.hidden)}")
    if len(summary.years) > 1:
        notes.append(f"its years: {', '.join(map(school_year, summary.years))}")
    if summary.repaired:
        rows = ", ".join(map(str, summary.repaired))
        notes.append(f"unquoted commas repaired in row {rows}")
    if summary.codes_are_blank:
        notes.append("its cells without a number are empty, so the reasons are not known")
    return notes
