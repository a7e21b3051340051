"""Keep who the schools of a results file are: names and kinds, beside their figures."""

from kpis.dfe import Results
from kpis.models import ImportedFile, SchoolList

LAYOUTS = ("ks2", "ks4")  # The files that name schools and say of which phase of education their results are.
COLUMNS = ("urn", "name", "la", "estab", "school_type", "is_mainstream")


def keep_schools(results: Results, *, file: ImportedFile) -> None:
    """Keep the schools that a results file lists; other files are left alone."""
    if results.layout.code not in LAYOUTS or results.schools.empty:
        return
    columns = {
        name: results.schools[name].to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # None
        for name in COLUMNS
    }
    SchoolList.objects.create(file=file, columns=columns)
