"""Import published files in a command. Each file is imported whole or not at all, independently of the others."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DataError, IntegrityError, transaction
from tqdm import tqdm

from tables.faults import FaultyFile, FileRefused, SpreadsheetRefused
from tables.hidden import HiddenParts

FAULTS_SHOWN = 20
INTERRUPTED = 130  # What a shell returns for a program stopped by Ctrl-C.


class ImportCounts(Protocol):
    """How many rows a file changed."""

    @property
    def read(self) -> int: ...
    @property
    def added(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def skipped(self) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class ImportedFileLine:
    """One file's row in the closing table. ``notes`` are printed below it."""

    file: str
    what: str
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @classmethod
    def of(cls, counts: ImportCounts, *, file: str, what: str, notes: Sequence[str] = ()) -> "ImportedFileLine":
        return cls(file, what, counts.read, counts.added, counts.changed, counts.unchanged, dict(counts.skipped), notes)


class FileCommand(BaseCommand):
    """A command that imports files. ``known``, ``read`` and ``write`` say how one file is imported."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="check the files and show what would change, without writing anything",
        )
        parser.add_argument(
            "--hidden",
            choices=list(HiddenParts),
            default=HiddenParts.ASK,
            help="whether to use hidden rows; without it, a file with hidden rows or columns is refused",
        )

    def in_order(self, files: Sequence[Path]) -> Sequence[Path]:
        """Return the files in the order in which to import them."""
        return files

    def known(self, path: Path, **options: Any) -> ImportedFileLine | None:
        """Return the row for a file that has nothing new, or None if the file must be read."""
        return None

    @abstractmethod
    def read(self, path: Path, **options: Any) -> Any:
        """Read a file, or raise ``FileRefused``. Must not use the database: the previous file is being written."""

    @abstractmethod
    def write(self, path: Path, content: Any, **options: Any) -> ImportedFileLine:
        """Write the content in one transaction, or raise ``FileRefused``."""

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if not dry_run:
            return self._bring_in_all(**options)
        with transaction.atomic():  # A real import that is rolled back, so the output is what would happen.
            try:
                self._bring_in_all(**options)
            finally:
                transaction.set_rollback(True)
        self.stdout.write(self.style.WARNING("This was a dry run: nothing was written."))

    def _bring_in_all(self, *, files: Sequence[Path], **options: Any) -> None:
        lines: list[ImportedFileLine] = []
        refused: dict[Path, Exception] = {}
        ordered = self.in_order(files)
        with ThreadPoolExecutor(max_workers=1) as reader:
            ahead = self._read_ahead(reader, ordered, **options)
            bar = tqdm(
                ahead, total=len(ordered), unit="file", disable=None
            )  # None: no bar unless a person is watching.
            for path, content in bar:
                bar.set_postfix_str(path.name)
                try:
                    lines.append(
                        content
                        if isinstance(content, ImportedFileLine)
                        else self.write(path, content.result(), **options)
                    )
                except (FileRefused, OSError, DataError, IntegrityError) as why:
                    refused[path] = why
                except KeyboardInterrupt:
                    self._report(lines, refused)
                    what = f"Stopped. Nothing from {path.name} was written."
                    raise CommandError(what, returncode=INTERRUPTED) from None
        self._report(lines, refused)
        if refused:
            raise CommandError(
                f"{len(refused)} of {len(files)} {'file was' if len(files) == 1 else 'files were'} refused: "
                + ", ".join(path.name for path in refused)
            )

    def _read_ahead(
        self, reader: Executor, files: Sequence[Path], **options: Any
    ) -> "Iterator[tuple[Path, ImportedFileLine | Future[Any]]]":
        """Yield each file once the next is being read, so that reading and writing overlap."""

        def begin(path: Path) -> "ImportedFileLine | Future[Any]":
            return self.known(path, **options) or reader.submit(self.read, path, **options)

        ahead = begin(files[0])
        for path, following in zip_longest(files, files[1:]):
            content = ahead
            if following is not None:
                ahead = begin(following)
            yield path, content

    def _report(self, lines: Sequence[ImportedFileLine], refused: Mapping[Path, Exception]) -> None:
        if lines:
            self.stdout.write("\n".join(import_table(lines)))
        for path, why in refused.items():
            self.stderr.write("\n".join([f"{path}: refused.", *(f"  {reason}" for reason in refusal_in_words(why))]))


def refusal_in_words(why: Exception) -> list[str]:
    """Say why a file is refused: its first faults, each by row and column."""
    if isinstance(why, SpreadsheetRefused):
        return [f"{fault.place}: {fault.what}. {fault.todo}." for fault in why.faults[:FAULTS_SHOWN]]
    if not isinstance(why, FaultyFile):
        return [why.strerror or str(why)] if isinstance(why, OSError) else [str(why)]
    shown = [str(fault) for fault in why.faults[:FAULTS_SHOWN]]
    more = why.count - len(shown)
    return [*shown, f"and {more:,} more"] if more else shown


HEADINGS = ("File", "What it is", "Read", "Added", "Changed", "Unchanged", "Skipped")
TEXTS = 2  # The first columns are text, aligned left. The others are numbers, aligned right.


def import_table(lines: Sequence[ImportedFileLine]) -> list[str]:
    """Return a plain text table with a row for each file, and below it the reasons for skipped rows."""
    cells = [
        [file.file, file.what]
        + [f"{n:,}" for n in (file.read, file.added, file.changed, file.unchanged, sum(file.skipped.values()))]
        for file in lines
    ]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *cells, strict=True)]
    text = [_row(HEADINGS, widths)]
    for line, row in zip(lines, cells, strict=True):
        text.append(_row(row, widths))
        text += [f"    skipped {count:,} {reason}" for reason, count in line.skipped.items()]
        text += [f"    {note}" for note in line.notes]
    return text


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    placed = [
        cell.ljust(width) if place < TEXTS else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed).rstrip()
