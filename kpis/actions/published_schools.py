"""Keep who the schools of a results file are: names and kinds, beside their figures."""

from kpis.dfe import Results
from kpis.models import ImportedFile, SchoolList

LAYOUTS = ("ks2", "ks4")  # The files that name schools and say of which phase of education their results are.
COLUMNS = ("urn", "name", "la", "estab", "school_type", "is_mainstream")


def keep_schools(results: Results, *, file: ImportedFile) -> None:
    """Keep the schools that a results file lists; other files are left alone."""
    if results.layout.code not in LAYOUTS or results.schools.empty:
        return
    schools = results.schools[[*COLUMNS]].astype(object)
    SchoolList.objects.create(file=file, columns=schools.where(schools.notna(), None).to_dict("list"))
