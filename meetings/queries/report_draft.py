"""Read the Panel report as it would be published now."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from kpis.models import Observation, Recomputation
from meetings.models import Panel, PanelNote
from meetings.queries.report_judgements import capacity_judgement, phase_judgement, trajectory_judgement
from meetings.queries.report_lines import ReportFigures, read_report_figures, report_areas
from meetings.report import (
    ReportChart,
    ReportDocument,
    ReportNote,
    ReportSchoolPage,
    london_time,
    moment_in_words,
)
from schools.models import School
from schools.queries import period_of
from schools.rules.terms import school_year_label
from tables.dates import day_in_words
from tables.word_lists import join_in_words
from trajectories.models import Placement
from trajectories.queries.charts import trajectory_chart_of
from trajectories.queries.latest_answers import latest_answers
from trusts.models import Trust


def draft_report(*, trust: Trust, panel: Panel, as_at: datetime) -> ReportDocument:
    """Return the Panel's report from the figures accepted so far: a summary and a page for each of the trust's schools.

    Twelve queries, however many schools. ``as_at`` is the time that the report gives for its figures.
    """
    schools = list(School.objects.filter(trust=trust).by_name())
    # Read first, so that figures processed during the other queries are still named as waiting.
    waiting = {
        recomputation.school_id: recomputation.wanted_at
        for recomputation in Recomputation.objects.stale().order_by("pk")
    }
    figures, standings = read_report_figures(schools, on=timezone.localdate(as_at)), latest_answers(schools)
    notes = _notes(panel)
    return ReportDocument(
        trust=trust.name,
        title=panel.title,
        period=f"{school_year_label(panel.school_year)}, half-term {panel.half_term}",
        held_date=panel.held_date,
        as_at=as_at,
        is_fictional=trust.is_fictional,
        schools=tuple(
            ReportSchoolPage(
                urn=school.urn,
                name=school.name,
                phase_of_education=school.get_phase_display(),
                phase=phase_judgement(standings[school.urn]["phase"], standings[school.urn]["decision"]),
                trajectory=trajectory_judgement(standings[school.urn]["placement"], standings[school.urn]["journey"]),
                capacity=capacity_judgement(standings[school.urn]["capacity"]),
                areas=report_areas(school, figures),
                provenance=_provenance(school, figures),
                pending=_pending(waiting[school.urn]) if school.urn in waiting else "",
                chart=_chart(school, standings[school.urn]["placement"]),
                note=notes.get(school.urn),
            )
            for school in schools
        ),
    )


def _chart(school: School, placement: Placement | None) -> ReportChart | None:
    drawn = trajectory_chart_of(school, placement)
    if drawn is None:
        return None
    # Nothing else in the report explains the bars.
    sentence = " ".join(filter(None, [drawn.sentence, drawn.key]))
    return ReportChart(sentence=sentence, svg=drawn.svg, columns=drawn.table.head, rows=drawn.table.rows)


def _notes(panel: Panel) -> dict[int, ReportNote]:
    written = PanelNote.objects.filter(panel=panel).exclude(text="").select_related("saved_by").order_by("pk")
    return {
        note.school_id: ReportNote(text=note.text, written_by=note.saved_by.name, written_at=note.saved_at)
        for note in written
    }


def _pending(wanted_at: datetime | None) -> str:
    since = f" on {moment_in_words(wanted_at)}" if wanted_at else ""
    return f"Figures accepted{since} are still being processed. This page does not include them yet."


def _provenance(school: School, figures: ReportFigures) -> tuple[str, ...]:
    """Say which period and source the school's figures are from, and who accepted them and when."""
    behind: dict[tuple[int, int, str], list[Observation]] = defaultdict(list)
    published: set[tuple[int, int]] = set()
    for row in figures.get(school.urn, []):
        period = (row.line.school_year, row.line.season)
        if row.behind:
            behind[*period, row.behind.source].append(row.behind)
        elif row.line.value is not None:
            published.add(period)
    accepted = [_accepted(*key, rows) for key, rows in sorted(behind.items(), reverse=True)]
    return (*accepted, *_published(published), *_national(school, figures))


def _accepted(school_year: int, season: int, source: str, rows: list[Observation]) -> str:
    what = "Return" if source == "return" else "Imported figures"
    names = sorted({row.accepted_by.name for row in rows if row.accepted_by})
    by = f" by {join_in_words(names)}" if names else ""
    on = day_in_words(london_time(max(row.accepted_at for row in rows)))
    return f"{what} for {period_of(school_year, season).label}: accepted{by} on {on}."


def _published(periods: Iterable[tuple[int, int]]) -> list[str]:
    labels = [period_of(*period).label for period in sorted(periods, reverse=True)]
    return [f"Published figures for {join_in_words(labels)}."] if labels else []


def _national(school: School, figures: ReportFigures) -> list[str]:
    rows = figures.get(school.urn, [])
    texts = {row.line.national_text.rstrip(".") for row in rows if row.line.national_text}
    return [f"National figures: {'; '.join(sorted(texts))}."] if texts else []
