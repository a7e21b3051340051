"""Read the published files of the DfE and Ofsted: what each file is, what its cells mean, and what is wrong with it.

Pure: files in, frames out. Call ``read_published_file``, or ``read_results_file`` for results only; ``ResultsFile`` and
``InspectionList`` describe what they return.
"""

from published.dfe.cells import CellUnit, parse_cell
from published.dfe.faults import ReleaseUnknown, YearUnknown
from published.dfe.inspection_reader import InspectionList, ReadInspection
from published.dfe.layouts import LAYOUTS, RELEASES, FileLayout, recognise_layout
from published.dfe.measures import LayoutMeasure, layout_measures
from published.dfe.published_file import read_published_file
from published.dfe.reader import read_results_file
from published.dfe.results_file import ReadingSummary, ResultsFile
from published.dfe.value_statuses import ValueStatus

__all__ = [
    "LAYOUTS",
    "RELEASES",
    "CellUnit",
    "FileLayout",
    "InspectionList",
    "LayoutMeasure",
    "ReadInspection",
    "ReadingSummary",
    "ReleaseUnknown",
    "ResultsFile",
    "ValueStatus",
    "YearUnknown",
    "layout_measures",
    "parse_cell",
    "read_published_file",
    "read_results_file",
    "recognise_layout",
]
