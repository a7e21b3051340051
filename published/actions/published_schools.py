"""Store the list of schools in a results file, with their names and kinds."""

from published.dfe import ResultsFile
from published.models import SchoolList

LAYOUTS = ("ks2", "ks4")  # The files that name schools and tell the phase of education of their results.
SCHOOL_COLUMNS = ("urn", "name", "la", "estab", "school_type", "is_mainstream")


def schools_in(results: ResultsFile) -> bytes | None:
    """Pack the schools that a results file lists, for ``SchoolList``. Return None for other files."""
    if results.layout.code not in LAYOUTS or results.schools.empty:
        return None
    columns = {
        name: results.schools[name].to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # None
        for name in SCHOOL_COLUMNS
    }
    return SchoolList.pack(columns)
