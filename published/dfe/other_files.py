"""Recognise published files that are no files of schools' results, to say what they are and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

SCHOOL_KEYS = ("URN", "SCHOOL_URN")


@dataclass(frozen=True)
class OtherFile:
    """A kind of file that is known by some of its columns (normal names)."""

    what: str
    todo: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()


REGISTER = "Import it with import_register."
SCHOOL_LEVEL = "Sightline reads the file of the same release with one row for each school."
OWN_SYSTEM = "attendance from a school's own system"
IN_A_RETURN = "Use it in the school's return, under Files: fill in lines from an export."
# The first that fits counts.
OTHER_FILES = (
    OtherFile("the register of schools", REGISTER, ("URN", "ESTABLISHMENTNAME", "ESTABLISHMENTSTATUS (NAME)")),
    OtherFile("the register's list of trusts and their schools", REGISTER, ("GROUP UID", "GROUP NAME")),
    OtherFile("the register's list of links between schools", REGISTER, ("URN", "LINKURN")),
    OtherFile(
        "the list of schools' cohorts at key stage 4",
        "The results are in the file called performance_tables_schools.",
        ("SCHOOL_URN", "P8_BANDING", "DIFFN_ATT8"),
    ),
    OtherFile(
        "the list of schools' cohorts at key stage 2",
        "The results are in the file called ks2_school_attainment_data.",
        ("SCHOOL_URN", "PTFSM6CLA1A", "PSENELEK"),
        ("BREAKDOWN",),
    ),
    OtherFile(
        "results in single subjects", "Sightline reads the file of all results.", ("SUBJECT", "GRADE"), ("BREAKDOWN",)
    ),
    OtherFile(
        "teachers or support staff by their characteristics",
        "Of the school workforce, Sightline reads ratios of pupils to teachers, sickness, turnover, vacancies and pay.",
        ("SCHOOL_URN", "ETHNICITY_MAJOR", "HEADCOUNT"),
    ),
    OtherFile("figures of local authorities and England", SCHOOL_LEVEL, ("GEOGRAPHIC_LEVEL",), SCHOOL_KEYS),
    OtherFile(
        "a description of the columns of another file", "Use the file that it describes.", ("FIELD NAME",), SCHOOL_KEYS
    ),
    OtherFile("a description of the columns of another file", "Use the file that it describes.", ("METAFILE HEADING",)),
    OtherFile(OWN_SYSTEM, IN_A_RETURN, ("POSSIBLE", "AUTHORISED ABSENCES"), SCHOOL_KEYS),
    OtherFile("suspensions and exclusions from a school's own system", IN_A_RETURN, ("EXCLUSION TYPE",), SCHOOL_KEYS),
    OtherFile(
        "Ofsted's overall judgements of many years",
        "Compare forecasts with them with ./sightline backtest.",
        ("URN", "RATING", "INSPECTION DATE"),
    ),
    OtherFile(
        "percentiles of schools",
        "Place the schools with ./sightline place_schools --percentiles.",
        ("SCHOOL", "YEAR", "PERCENTILE"),
    ),
)


def other_file(columns: Iterable[str]) -> OtherFile | None:
    """Return the kind of file with these columns, or None if it is unknown.

    >>> other_file(["TIME_PERIOD", "GEOGRAPHIC_LEVEL", "LA_NAME"]).what
    'figures of local authorities and England'
    """
    present = set(columns)
    return next((kind for kind in OTHER_FILES if present.issuperset(kind.has) and present.isdisjoint(kind.lacks)), None)
