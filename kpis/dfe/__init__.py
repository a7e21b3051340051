"""Read the DfE's published files: what each file is, what its cells mean, and what is wrong with it.

Pure: files in, frames out. ``read`` is the way in; ``Results`` says what comes out.
"""

from kpis.dfe.cells import Unit, parse_cell
from kpis.dfe.faults import ReleaseUnknown, YearUnknown
from kpis.dfe.layouts import LAYOUTS, RELEASES, Layout, recognise
from kpis.dfe.measures import Measure, measures
from kpis.dfe.reader import Results, Summary, read
from kpis.dfe.rows import SkippedRow
from kpis.dfe.statuses import ValueStatus

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
