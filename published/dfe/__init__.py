"""Read the DfE's published files: what each file is, what its cells mean, and what is wrong with it.

Pure: files in, frames out. ``read`` is the way in; ``Results`` says what comes out.
"""

from published.dfe.cells import Unit, parse_cell
from published.dfe.faults import ReleaseUnknown, YearUnknown
from published.dfe.layouts import LAYOUTS, RELEASES, Layout, recognise
from published.dfe.measures import Measure, measures
from published.dfe.reader import Results, Summary, read
from published.dfe.rows import SkippedRow
from published.dfe.value_statuses import ValueStatus

__all__ = [
    "LAYOUTS",
    "RELEASES",
    "Layout",
    "Measure",
    "ReleaseUnknown",
    "Results",
    "SkippedRow",
    "Summary",
    "Unit",
    "ValueStatus",
    "YearUnknown",
    "measures",
    "parse_cell",
    "read",
    "recognise",
]
