"""Read schools' published context, by which similar schools are found, and the results that are compared."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd
from django.db.models import Max

from kpis.catalogue import Indicator, catalogue_indicators
from kpis.rules.mainstream_schools import mainstream_urns
from kpis.rules.similar_schools import context_of, similarity_rules
from published.dfe.value_statuses import ValueStatus
from published.models import ImportedFile, PublishedResult, SchoolList
from published.queries import lineage, published_results_of
from schools.models import School

PHASES = {"secondary": "ks4", "primary": "ks2"}  # By phase: the layout of its results files.
COMPARED_AS = {"primary": "primary", "secondary": "secondary", "all-through": "secondary"}
CENSUS = "census"
INVENTED_LAYOUT = "demonstration"  # Of files whose schools are invented. Only invented schools are compared with them.


@dataclass(frozen=True, kw_only=True)
class NationalContext:
    """The context of England's mainstream schools of one phase of education, in the newest year imported."""

    phase: str
    year: int | None  # None if no census was imported.
    pool: pd.DataFrame  # As kpis.rules.similar.context_of returns it.
    schools: pd.DataFrame  # By URN: name and la (the authority's number), from the newest file that has them.


def national_context(phase: str) -> NationalContext:
    """Return the newest published context of the mainstream schools of a phase of education. Three queries."""
    year = ImportedFile.objects.filter(layout=CENSUS).aggregate(year=Max("school_year"))["year"]
    lists = school_lists()
    schools = _newest(lists[phase])
    if year is None:
        return NationalContext(phase=phase, year=None, pool=context_of(_no_values(), phase), schools=schools)
    return NationalContext(
        phase=phase, year=year, pool=_context_in(year, phase, mainstream_urns(lists)[phase]), schools=schools
    )


def invented_context(phase: str) -> NationalContext:
    """Return the context of the demonstration's invented schools, as ``national_context``. Two queries."""
    lists = SchoolList.objects.filter(file__layout=INVENTED_LAYOUT).select_related("file").order_by("file_id")
    frames = [pd.DataFrame(school_list.columns) for school_list in lists]
    frames = [frame[frame["phase"] == phase].astype({"name": object, "la": object}) for frame in frames]
    schools = _newest(frames)
    year = max((school_list.file.school_year or 0 for school_list in lists), default=None)
    pool = _context_in(year, phase, set(schools.index)) if year else context_of(_no_values(), phase)
    return NationalContext(phase=phase, year=year, pool=pool, schools=schools)


def _context_in(year: int, phase: str, urns: Collection[int]) -> pd.DataFrame:
    rows = PublishedResult.objects.filter(
        series__measure__in=similarity_rules().measures(phase),
        series__school_year=year,
        series__pupil_group="all",
        status=ValueStatus.VALUE,
    )
    names = ["urn", "measure", "value"]
    frame = pd.DataFrame.from_records(list(rows.values_list("urn", "series__measure", "value")), columns=names)
    return context_of(frame[frame["urn"].isin(list(urns))], phase)


def _no_values() -> pd.DataFrame:
    return pd.DataFrame({"urn": pd.Series(dtype=int), "measure": pd.Series(dtype=str), "value": pd.Series(dtype=float)})


def school_lists() -> dict[str, list[pd.DataFrame]]:
    """Return the list of schools of each imported file by phase of education, newest file last. One query."""
    lists = SchoolList.objects.filter(file__layout__in=PHASES.values()).select_related("file")
    lists = lists.order_by("file__school_year", "file_id")
    found: dict[str, list[pd.DataFrame]] = {phase: [] for phase in PHASES}
    phases = {layout: phase for phase, layout in PHASES.items()}
    for school_list in lists:
        found[phases[school_list.file.layout]].append(
            pd.DataFrame(school_list.columns).astype({"name": object, "la": object})
        )
    return found


def _newest(lists: list[pd.DataFrame]) -> pd.DataFrame:
    """Return schools' names and authorities by URN, each from the last file that has it."""
    nobody = pd.DataFrame({"urn": pd.Series(dtype=int), "name": [], "la": []})
    return pd.concat([nobody, *lists])[["urn", "name", "la"]].replace("", None).groupby("urn").last()


@dataclass(frozen=True, kw_only=True)
class SchoolContext:
    """The context of some schools, each in the year nearest to the one compared, and each school's URNs."""

    frame: pd.DataFrame  # As kpis.rules.similar_schools.context_of returns it.
    years: dict[int, int]
    same: dict[int, list[int]]


def school_context(urns: Collection[int], phase: str, year: int) -> SchoolContext:
    """Return schools' context in the published year nearest to ``year``, which may be before they became academies.

    Three queries.
    """
    rows = published_results_of(urns, measures=list(similarity_rules().measures(phase)))
    rows = rows[rows["is_best"] & (rows["pupil_group"] == "all") & (rows["status"] == ValueStatus.VALUE)]
    # All features come from the year of the pupils on roll, so that no two years are mixed.
    held = rows.assign(away=(rows["school_year"] - year).abs(), of_pupils=rows["measure"] == "NOR")
    held = held.sort_values(["of_pupils", "away", "school_year"], ascending=[False, True, False])
    years = held.drop_duplicates("urn").set_index("urn")["school_year"]
    rows = rows[rows["school_year"] == rows["urn"].map(years)]
    frame = context_of(rows[["urn", "measure", "value"]], phase).reindex(list(urns))
    return SchoolContext(
        frame=frame, years=dict(zip(years.index.tolist(), years.tolist(), strict=True)), same=lineage(urns)
    )


def compared_indicators(phase: str) -> list[Indicator]:
    """Return the indicators with published figures to compare, for a phase of education."""
    return [
        indicator for indicator in catalogue_indicators() if indicator.comparator.measure and phase in indicator.phases
    ]


def compared_results(urns: Iterable[int], indicators: Iterable[Indicator]) -> pd.DataFrame:
    """Return schools' best published figures: ``urn, indicator, school_year, value, status, release``.

    A school's figures include those of the schools it replaced. Two queries.
    """
    code_of = {(indicator.comparator.measure, indicator.pupil_group.value): indicator.code for indicator in indicators}
    rows = published_results_of(list(urns), measures=sorted({measure for measure, _ in code_of if measure}))
    rows = rows[rows["is_best"]]
    codes = [code_of.get(pair) for pair in zip(rows["measure"], rows["pupil_group"], strict=True)]
    rows = rows.assign(indicator=pd.Series(codes, index=rows.index, dtype=object)).dropna(subset=["indicator"])
    return rows[["urn", "indicator", "school_year", "value", "status", "release"]]


def newest_file() -> int:
    """Return the number of the newest imported file with figures; 0 without any. One query.

    Lists of inspections have no school year and no figures, so nothing is recalculated after them.
    """
    return ImportedFile.objects.filter(school_year__isnull=False).aggregate(newest=Max("pk"))["newest"] or 0


def compared_as(school: School) -> str:
    """Return the phase of education in which a school is compared; empty if it is not compared."""
    return COMPARED_AS.get(school.phase, "")
