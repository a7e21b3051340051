"""Read the DfE's published files: what each file is, what its cells mean, and what is wrong with it.

Pure: files in, frames out. Call ``read_results_file``; ``ResultsFile`` describes what it returns.
"""

from published.dfe.cells import CellUnit, parse_cell
from published.dfe.faults import ReleaseUnknown, YearUnknown
from published.dfe.layouts import LAYOUTS, RELEASES, FileLayout, recognise_layout
from published.dfe.measures import LayoutMeasure, layout_measures
from published.dfe.reader import read_results_file
from published.dfe.results_file import ReadingSummary, ResultsFile
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
    "ValueStatus",
    "YearUnknown",
    "layout_measures",
    "parse_cell",
    "read_results_file",
    "recognise_layout",
]
