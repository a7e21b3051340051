"""What commands share that read published files and write a file. They need no trust and no database."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import pandas as pd
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from published.dfe import ReleaseUnknown, ResultsFile, read_results_file
from schools.gias import read_links
from schools.management.import_command import refusal_in_words
from tables.faults import FileRefused
from trajectories.rules.national_files import NationalFiles, join_national_files

DECIMALS = 4


def add_national_arguments(parser: CommandParser, *, required: bool = True, context: bool = False) -> None:
    """Add ``--results``, ``--links`` and, if wanted, ``--context``: the files that ``read_national`` reads."""
    parser.add_argument(
        "--results",
        nargs="+",
        type=Path,
        required=required,
        metavar="FILE",
        help="performance tables of several years (key stages 2 and 4, any layout), in folders with names like 2018-19",
    )
    if context:
        parser.add_argument(
            "--context", nargs="+", type=Path, default=[], metavar="FILE", help="absence, census, workforce files"
        )
    parser.add_argument(
        "--links",
        type=Path,
        metavar="FILE",
        help="the register's predecessors and successors (links_edubasealldata.csv)",
    )


def read_national(
    results: Sequence[Path], links: Path | None, *, context: Sequence[Path] = (), year: int | None = None
) -> NationalFiles:
    """Read published files and links, and give each school one URN.

    ``year`` is the school year whose names are used, by default the last year of the results. A file that does not name
    its release counts as final. The progress bar appears only in a terminal.

    Raises:
        CommandError: a file cannot be read or is refused. The message names the file and its first faults by row.
    """
    files, pairs = read_files([*results, *context]), read_pairs(links)
    try:
        return join_national_files(files, links=pairs, year=year)
    except FileRefused as why:
        raise CommandError(str(why)) from why


def read_files(paths: Sequence[Path]) -> dict[str, ResultsFile]:
    """Read published files by the name that messages use. ``Raises`` as ``read_national``."""
    files = {}
    for path in tqdm(paths, unit="file", disable=None):
        name = f"{path.resolve().parent.name}/{path.name}"
        try:
            files[str(path) if name in files else name] = _read(path)
        except (FileRefused, OSError) as why:
            raise CommandError(
                "\n".join([f"{path}: refused.", *(f"  {fault}" for fault in refusal_in_words(why))])
            ) from why
    return files


def read_pairs(links: Path | None) -> pd.DataFrame | None:
    """Read the register's links, if there are any. ``Raises`` as ``read_national``."""
    try:
        return read_links(links) if links is not None else None
    except (FileRefused, OSError) as why:
        raise CommandError(
            "\n".join([f"{links}: refused.", *(f"  {fault}" for fault in refusal_in_words(why))])
        ) from why


def _read(path: Path) -> ResultsFile:
    try:
        return read_results_file(path)
    except ReleaseUnknown:
        return read_results_file(path, release="final")


def write_csv(frame: pd.DataFrame, out: Path) -> None:
    """Write a frame as CSV, completely or not at all. An existing file stays until the new one is complete.

    Raises:
        CommandError: the folder does not exist or cannot be written to.
    """
    write_text(frame.round(DECIMALS).to_csv(index=False), out)


def write_text(text: str, out: Path) -> None:
    """Write a text, completely or not at all. ``Raises`` as ``write_csv``."""
    try:
        with NamedTemporaryFile("w", encoding="utf-8", newline="", dir=out.parent, delete=False) as part:
            part.write(text)
        Path(part.name).chmod(0o644)
        os.replace(part.name, out)
    except OSError as why:
        raise CommandError(f"Cannot write {out}: {why.strerror or why}") from why
