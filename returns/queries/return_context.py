"""Read what a return's pages show around its lines, each part when first used: saving a line needs few of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from kpis.catalogue import EnglandFigure, Indicator
from kpis.models import Observation
from kpis.queries.known_figures import FIGURE_FIELDS, figure_of, known_national_figures
from kpis.queries.targets import targets_of
from kpis.rules.score import Figure, SchoolTarget
from returns.models import LineDecision, Return, ReturnDecision
from returns.queries.allowances import NO_ALLOWANCES, AllowancesInForce, allowances
from returns.queries.contributors import people_by_line
from returns.rules.return_lines import LineContext, line_context
from schools.queries import period_of
from schools.rules.terms import Period
from trusts.models import User


class ReturnContext:
    """The figures, targets, people and steps of a return and its school. One query each."""

    def __init__(self, termly_return: Return, indicators: Sequence[Indicator]) -> None:
        self._return, self._indicators = termly_return, indicators
        self.figures: dict[str, list[Figure]] = defaultdict(list)  # Accepted figures by indicator, oldest first.
        self.versions: dict[str, int] = {}  # Versions of the figures of the return's own term.
        self._line_contexts: dict[str, LineContext] = {}
        self._read_figures()

    @property
    def period(self) -> Period:
        return period_of(self._return.term.school_year, self._return.term.season)

    @cached_property
    def people(self) -> Mapping[str, tuple[User, ...]]:
        """The people who fill in each line."""
        return people_by_line(self._return.school, self._indicators)

    @cached_property
    def line_steps(self) -> Mapping[int, tuple[LineDecision, ...]]:
        """The steps of each line, newest first."""
        found: dict[int, tuple[LineDecision, ...]] = defaultdict(tuple)
        steps = LineDecision.objects.filter(line__termly_return=self._return).select_related("decided_by")
        for step in steps.order_by("-decided_at", "-pk"):
            found[step.line_id] += (step,)
        return found

    @cached_property
    def steps(self) -> tuple[ReturnDecision, ...]:
        """The steps of the return, newest first."""
        found = ReturnDecision.objects.filter(termly_return=self._return).select_related("decided_by").defer("snapshot")
        return tuple(found.order_by("-decided_at", "-pk"))

    @cached_property
    def allowed(self) -> AllowancesInForce:
        return allowances([self._return.term]).get((self._return.school_id, self._return.term_id), NO_ALLOWANCES)

    def line_context(self, indicator: Indicator) -> LineContext:
        """Return what a person sees next to a line before they type."""
        code = indicator.code
        if code not in self._line_contexts:
            self._line_contexts[code] = line_context(
                indicator,
                self.figures.get(code, []),
                phase=self._return.school.phase,
                period=self.period,
                targets=self._targets.get(code, {}),
                national=self._national,
            )
        return self._line_contexts[code]

    @cached_property
    def _targets(self) -> Mapping[str, Mapping[int, SchoolTarget]]:
        return targets_of(self._return.school)

    @cached_property
    def _national(self) -> tuple[EnglandFigure, ...]:
        return known_national_figures()

    def _read_figures(self) -> None:
        rows = Observation.objects.filter(school=self._return.school, pupil_group="all").in_order()
        period = self.period
        for row in rows.values_list("indicator_id", "version", *FIGURE_FIELDS, named=True):
            figure = figure_of(row)
            self.figures[row.indicator_id].append(figure)
            if figure.period == period:
                self.versions[row.indicator_id] = row.version
