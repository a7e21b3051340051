"""Read what a trust accepted from schools that have left it since."""

from dataclasses import dataclass
from datetime import date

from kpis.models import ScoreLine
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, score_rows_of
from kpis.rules.privacy import FigureReader
from schools.models import Departure, School
from trusts.models import Trust


@dataclass(frozen=True, kw_only=True)
class DepartedSchool:
    """A school that left the trust, with its newest accepted figures from before that day."""

    school: School
    left_date: date
    rows: tuple[ScoreRow, ...]


def departed_schools(trust: Trust, *, on: date, reader: FigureReader) -> list[DepartedSchool]:
    """Return the schools that left the trust and are not in it now, the last to leave first. At most four queries.

    Figures are as the reader may see them.
    """
    left = Departure.objects.filter(trust=trust).exclude(school__trust=trust).select_related("school__trust")
    newest = {departure.school_id: departure for departure in left.order_by("left_date", "pk")}
    if not newest:
        return []
    known = trust_indicators(on=on)
    schools = {urn: departure.school for urn, departure in newest.items()}
    rows = score_rows_of(list(ScoreLine.objects.filter(school__in=schools).order_by("pk")), schools, known, reader)
    rows.sort(key=lambda row: (row.indicator.area.order, row.indicator.code))
    return [
        DepartedSchool(
            school=departure.school,
            left_date=departure.left_date,
            rows=tuple(row for row in rows if row.school.pk == departure.school_id),
        )
        for departure in sorted(
            newest.values(), key=lambda departure: (departure.left_date, departure.pk), reverse=True
        )
    ]


def has_departed_schools(trust: Trust) -> bool:
    """Return whether a school left the trust and is not in it now. One query."""
    return Departure.objects.filter(trust=trust).exclude(school__trust=trust).exists()
