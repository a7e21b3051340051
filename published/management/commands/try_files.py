import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from published.dfe import InspectionList, ResultsFile, read_published_file
from published.dfe.layouts import school_year
from published.management.commands.import_results import notes_on
from schools.gias import read_register, recognise_register
from schools.management.commands.import_register import notes_on as notes_on_register
from schools.management.import_command import refusal_in_words
from tables.faults import FileNotRecognised, FileRefused

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".zip")
FINAL = "final"


class Command(BaseCommand):
    help = (
        "Read every table in a folder and the folders in it, and report what each file is and what was left out, or "
        "why it is refused. This needs no trust and no database, and writes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--expected",
            type=Path,
            metavar="FILE",
            help="list which files differ from what is expected: a TOML file with the beginning of an outcome "
            "(“read: …” or “refused: …”) for a pattern of paths, such as 2018-19/*.csv. Others are expected to be read",
        )

    def handle(self, *args: Any, folders: list[Path], expected: Path | None, **options: Any) -> None:
        outcomes = tomllib.loads(expected.read_text(encoding="utf-8")) if expected else {}
        differing: list[str] = []
        paths = [path for folder in folders for path in _tables_in(folder)]
        refused = 0
        for path in tqdm(paths, unit="file", disable=None):
            try:
                lines = _read(path)
            except (FileRefused, OSError) as why:
                refused += 1
                lines = ["refused", *refusal_in_words(why)]
            self.stdout.write("\n".join([f"{path}: {lines[0]}", *(f"    {line}" for line in lines[1:])]))
            outcome = _expected_of(path, outcomes)
            if not _in_one_line(lines).startswith(outcome):
                differing.append(f"{path}: expected “{outcome}”")
        self.stdout.write(f"{len(paths)} files: {len(paths) - refused} read, {refused} refused.")
        if expected:
            self.stdout.write("\n".join([f"{len(differing)} files differ from what is expected.", *differing]))


def _tables_in(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    yield from (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())


def _expected_of(path: Path, outcomes: Mapping[str, str]) -> str:
    """Return the expected beginning of a file's outcome: that of the longest pattern that the end of its path fits."""
    patterns = [pattern for pattern in outcomes if path.match(pattern)]
    return outcomes[max(patterns, key=len)] if patterns else "read: "


def _in_one_line(lines: list[str]) -> str:
    """Return an outcome as the expected outcomes write it: “refused: ” and then why."""
    return f"refused: {lines[1]}" if lines[0] == "refused" else lines[0]


def _read(path: Path) -> list[str]:
    """Read a file as results, as inspections or as a part of the register, and return what there is to say."""
    try:
        published = read_published_file(path, release=_release_if_unknown(path))
    except FileNotRecognised as unknown:
        try:
            recognise_register(path)
        except FileRefused:
            raise unknown from None
        register = read_register(path)
        return [f"read: {register.register.title}, {len(register.frame):,} rows", *notes_on_register(register)]
    return _inspections_said(published) if isinstance(published, InspectionList) else _said(published)


def _inspections_said(inspections: InspectionList) -> list[str]:
    numbers = f"{inspections.schools:,} schools, {len(inspections.inspections):,} inspections"
    skipped = [f"skipped {count:,} {reason}" for reason, count in inspections.skipped.items()]
    return [f"read: {inspections.layout.title}, {numbers}", *skipped, *inspections.notes()]


def _release_if_unknown(path: Path) -> str | None:
    """Take a file for final if nothing says its release, so that only what is wrong with its cells is reported."""
    words = (path.name.lower(), path.parent.name.lower())
    return None if any(word in part for part in words for word in ("provisional", "revised", FINAL)) else FINAL


def _said(results: ResultsFile) -> list[str]:
    summary = results.summary
    what = f"{results.layout.title}, {school_year(summary.year)}, {summary.release}"
    counted = "trusts" if results.layout.key == "uid" else "schools"
    numbers = f"{summary.schools:,} {counted}, {summary.values:,} figures, {len(results.national):,} of places"
    return [f"read: {what}, {numbers}", *notes_on(results)]
