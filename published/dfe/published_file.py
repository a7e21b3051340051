"""Read a published file, whether it has schools' results or inspections."""

from pathlib import Path

from published.dfe.inspection_layouts import inspection_layout_of
from published.dfe.inspection_reader import InspectionList, read_inspection_list
from published.dfe.layouts import find_results, normal_names
from published.dfe.reader import refuse_empty, results_in
from published.dfe.results_file import ResultsFile
from tables.hidden import HiddenParts, WithoutDoubt


def read_published_file(
    path: Path | str,
    *,
    year: int | None = None,
    release: str | None = None,
    hidden: HiddenParts = HiddenParts.USE,
) -> ResultsFile | InspectionList:
    """Read a file of any known kind.

    ``year`` and ``release`` are as for ``read_results_file``. Lists of inspections need neither.

    Raises:
        FileNotRecognised, YearUnknown, ReleaseUnknown: it is not clear what the file is.
        FaultyFile: the file has faults, each with its row and column.
        SpreadsheetRefused: it is no file with a table, or rows or columns are hidden and ``hidden`` is to ask.
    """
    path = Path(path)
    refuse_empty(path)
    found = WithoutDoubt(find_results(path), hidden)
    columns = normal_names(found)
    if inspections := inspection_layout_of(columns):
        return read_inspection_list(found, columns, inspections)
    return results_in(path, found, year=year, release=release)
