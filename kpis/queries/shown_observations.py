"""Read accepted figures as a reader may see them."""

from collections.abc import Iterable, Mapping
from copy import copy

from kpis.catalogue import Indicator
from kpis.models import Observation
from kpis.queries.known_figures import figure_of, known_figures
from kpis.rules.privacy import FigureReader, shown_figure, small_counts
from published.dfe.value_statuses import ValueStatus

NOTHING = {"value": None, "numerator": None, "denominator": None, "comment": "", "what": "", "why": "", "what_next": ""}


def shown_observations(
    rows: Iterable[Observation], known: Mapping[str, Indicator], reader: FigureReader
) -> list[tuple[Observation, str]]:
    """Return accepted figures as a reader may see them, each with the request not to pass it on, or none.

    They are copies, never to be saved. ``known`` are the trust's indicators by code. Three queries, to find out what
    the figures give away together with others of their schools.
    """
    rows = list(rows)
    counts = {
        urn: small_counts(figures, known)
        for urn, figures in known_figures(sorted({row.school_id for row in rows})).items()
    }
    shown = []
    for row in rows:
        figure = figure_of(row)
        given_away = counts.get(row.school_id, {}).get((row.indicator_id, figure.period))
        seen = shown_figure(figure, reader, row.school_id, given_away)
        shown.append((_hidden(row) if seen.status is ValueStatus.HIDDEN else row, seen.mark))
    return shown


def _hidden(row: Observation) -> Observation:
    hidden = copy(row)
    for name, value in NOTHING.items():
        setattr(hidden, name, value)
    hidden.status = ValueStatus.HIDDEN.value
    return hidden
