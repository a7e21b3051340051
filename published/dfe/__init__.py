"""Read the DfE's published files: what each file is, what its cells mean, and what is wrong with it.

Pure: files in, frames out. ``read`` is the way in; ``ResultsFile`` says what comes out.
"""

from published.dfe.cells import CellUnit, parse_cell
from published.dfe.faults import ReleaseUnknown, YearUnknown
from published.dfe.layouts import LAYOUTS, RELEASES, FileLayout, recognise
from published.dfe.measures import LayoutMeasure, measures
from published.dfe.reader import ReadingSummary, ResultsFile, read
from published.dfe.rows import SkippedRow
from published.dfe.value_statuses import ValueStatus

__all__ = [
    "LAYOUTS",
    "RELEASES",
    "CellUnit",
    "FileLayout",
    "LayoutMeasure",
    "ReadingSummary",
    "ReleaseUnknown",
    "ResultsFile",
    "SkippedRow",
    "ValueStatus",
    "YearUnknown",
    "measures",
    "parse_cell",
    "read",
    "recognise",
]
