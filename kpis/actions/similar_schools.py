"""Find the schools most like each school of a trust, and store published measures among them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd
from django.db import transaction

from kpis.catalogue import Indicator
from kpis.models import SimilarSchools
from kpis.queries.similar_context import (
    NationalContext,
    compared_as,
    compared_indicators,
    compared_results,
    invented_context,
    national_context,
    newest_file,
    school_context,
)
from kpis.rules.similar_schools import SimilarSchool, SimilarSet, similar_sets, similarity_rules, spread_of
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.rules.terms import school_year_label

NOT_COMPARED = (
    "We find similar schools for primary, secondary and all-through schools. "
    "We do not compare special schools and alternative provision with mainstream schools."
)
NO_CENSUS = "No school census has been imported yet."
ALL_INVENTED = "This school is invented, and so are the schools that it is compared with and all their figures."
INVENTED = "This school is invented. The schools that it is compared with are real, and their figures are real."


@transaction.atomic
def find_similar_schools(*, trust_id: int, at: datetime) -> int:
    """Find the similar schools of every school of a trust; return how many sets changed.

    Only published data is read. It is safe to run again: a set that has not changed is not written again.
    """
    schools = list(School.objects.filter(trust_id=trust_id).by_name())
    newest = newest_file()
    found: dict[int, dict[str, Any]] = {school.pk: {"reason": NOT_COMPARED} for school in schools}
    for phase in sorted({compared_as(school) for school in schools} - {""}):
        found |= _of_phase(phase, [school for school in schools if compared_as(school) == phase])
    return sum(
        _keep_if_changed(
            SimilarSchools(
                trust_id=trust_id,
                school=school,
                computed_at=at,
                files_seen=newest,
                rules_version=similarity_rules().version,
                **found[school.pk],
            )
        )
        for school in schools
    )


def _of_phase(phase: str, schools: list[School]) -> dict[int, dict[str, Any]]:
    national, caution = national_context(phase), INVENTED
    if national.year is None and all(school.is_fictional for school in schools):
        national, caution = invented_context(phase), ALL_INVENTED
    if national.year is None:
        return {school.pk: {"phase": phase, "reason": NO_CENSUS} for school in schools}
    own = school_context([school.pk for school in schools], phase, national.year)
    sets = similar_sets(national.pool, own.frame, same=own.same)
    indicators = compared_indicators(phase)
    return {
        school.pk: _fields(school, sets[school.pk], national, own.years.get(school.pk), caution)
        | {"figures": _figures(sets[school.pk], indicators)}
        for school in schools
    }


def _fields(
    school: School, found: SimilarSet, national: NationalContext, own_year: int | None, invented: str
) -> dict[str, Any]:
    cautions = [found.caution] if found.caution else []
    if found.neighbours and own_year != national.year:
        own, theirs = school_year_label(own_year or 0), school_year_label(national.year or 0)
        cautions.append(
            f"This school's context is from {own} and theirs is from {theirs}: these are the nearest years published."
        )
    if found.neighbours and school.is_fictional:
        cautions.insert(0, invented)
    return {
        "phase": national.phase,
        "context_year": national.year,
        "own_year": own_year,
        "context": dict(found.context),
        "neighbours": [_neighbour(neighbour, national.schools) for neighbour in found.neighbours],
        "reason": found.reason,
        "caution": " ".join(cautions),
    }


def _neighbour(found: SimilarSchool, schools: pd.DataFrame) -> dict[str, Any]:
    """Return a neighbour as it is stored. Its name and authority are None if no imported file has them."""
    row = schools.reindex([found.urn]).astype(object)
    known = row.where(row.notna(), None).iloc[0]
    authority = None if known["la"] is None else int(known["la"])
    return asdict(found) | {"compared": list(found.compared), "name": known["name"], "authority": authority}


def _figures(found: SimilarSet, indicators: list[Indicator]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the spread of each indicator among the neighbours, by code and school year."""
    if not found.neighbours:
        return {}
    rows = compared_results([neighbour.urn for neighbour in found.neighbours], indicators)
    rows = rows[rows["status"] == ValueStatus.VALUE]
    answer: dict[str, dict[str, dict[str, Any]]] = {}
    for (code, year), group in rows.groupby(["indicator", "school_year"]):
        spread = spread_of(group["value"].astype(float))
        if spread is not None:
            kept = {name: round(value, 4) for name, value in asdict(spread).items()}
            answer.setdefault(str(code), {})[str(year)] = kept | {"releases": _releases(group["release"])}
    return answer


def _releases(column: pd.Series) -> list[str]:
    return sorted(set(column.tolist()))


def _keep_if_changed(row: SimilarSchools) -> bool:
    """Store a set if it has changed. If it has not, only update which files it has seen."""
    held = SimilarSchools.objects.filter(school_id=row.school_id).first()
    names = [field.attname for field in row._meta.concrete_fields]
    if held is None:
        row.save()
        return True
    row.pk = held.pk
    passing = {"computed_at", "files_seen"}
    if any(getattr(held, name) != getattr(row, name) for name in names if name not in passing):
        row.save(force_update=True)
        return True
    if held.files_seen != row.files_seen:
        row.save(update_fields=["files_seen"])
    return False
