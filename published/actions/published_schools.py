"""Keep who the schools of a results file are: names and kinds, beside their figures."""

from published.dfe import ResultsFile
from published.models import SchoolList

LAYOUTS = ("ks2", "ks4")  # The files that name schools and say of which phase of education their results are.
SCHOOL_COLUMNS = ("urn", "name", "la", "estab", "school_type", "is_mainstream")


def schools_in(results: ResultsFile) -> bytes | None:
    """Pack the schools that a results file lists, for ``SchoolList``; None of other files."""
    if results.layout.code not in LAYOUTS or results.schools.empty:
        return None
    columns = {
        name: results.schools[name].to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # None
        for name in SCHOOL_COLUMNS
    }
    return SchoolList.pack(columns)
