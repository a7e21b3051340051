from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from kpis.catalogue import Indicator
from kpis.models import Observation, ScoreLine
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import score_rows_of
from kpis.queries.shown_observations import shown_observations
from kpis.queries.small_numbers import reader_of
from kpis.rules.privacy import FigureReader
from kpis.rules.rating import RatingCode
from published.dfe.value_statuses import ValueStatus
from trusts.api import TrustScoped
from trusts.permissions import Permission

NOTE = "Says if only some may see the figure, so that it must not be passed on."


class AsShown(TrustScoped, viewsets.ReadOnlyModelViewSet[Any]):
    """Rows as the reader may see them. Filters by what is hidden, and counts, come after hiding."""

    read_permission = Permission.VIEW_SCHOOL
    known: Mapping[str, Indicator]
    reader: FigureReader

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.known, self.reader = trust_indicators(on=timezone.localdate()), reader_of(self.access)

    def shown(self, rows: Iterable[Any]) -> list[Any]:
        """Return rows as the reader may see them, each with a ``note``."""
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        return self.shown(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Any:
        return self.shown([super().get_object()])[0]


class ShownFilter(django_filters.FilterSet):
    """Filters by school, indicator and period, and by fields that hiding changes."""

    status = django_filters.ChoiceFilter(
        choices=[(status.value, status.label) for status in ValueStatus], method="as_shown"
    )

    def as_shown(self, queryset: QuerySet[Any], name: str, chosen: str) -> QuerySet[Any]:
        """Keep the rows whose field is ``chosen`` when this reader sees them."""
        view: AsShown = self.request.parser_context["view"]
        return queryset.filter(pk__in=[row.pk for row in view.shown(queryset) if getattr(row, name) == chosen])


class ShownObservationFilter(ShownFilter):
    class Meta:
        model = Observation
        fields = ["school", "indicator", "school_year", "season", "pupil_group", "status"]


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    note = serializers.CharField(read_only=True, help_text=NOTE)

    class Meta:
        model = Observation
        fields = [
            "id", "school", "indicator", "school_year", "season", "pupil_group", "value", "numerator", "denominator",
            "status", "source", "version", "accepted_at", "note",
        ]  # fmt: skip


class ObservationViewSet(AsShown):
    """``/api/trusts/<trust_id>/observations/``: the accepted figures of the schools this person may see."""

    serializer_class = ObservationSerializer
    queryset = Observation.objects.order_by("school_id", "indicator_id", "school_year", "season", "pk")
    filterset_class = ShownObservationFilter

    def shown(self, rows: Iterable[Observation]) -> list[Observation]:
        found = []
        for row, note in shown_observations(rows, self.known, self.reader):
            row.note = note  # type: ignore[attr-defined]  # for the serializer only
            found.append(row)
        return found


class ShownScoreLineFilter(ShownFilter):
    rating = django_filters.ChoiceFilter(
        choices=[(rating.value, rating.label) for rating in RatingCode], method="as_shown"
    )

    class Meta:
        model = ScoreLine
        fields = ["school", "indicator", "status", "rating"]


class ScoreLineSerializer(serializers.ModelSerializer[ScoreLine]):
    note = serializers.CharField(read_only=True, help_text=NOTE)

    class Meta:
        model = ScoreLine
        fields = [
            "id", "school", "indicator", "school_year", "season", "value", "status", "cohort", "target", "rating",
            "reason", "movement", "movement_text", "national", "national_text", "note",
        ]  # fmt: skip


class ScoreLineViewSet(AsShown):
    """``/api/trusts/<trust_id>/score-lines/``: the score lines of the schools this person may see."""

    serializer_class = ScoreLineSerializer
    queryset = ScoreLine.objects.select_related("school").order_by("school_id", "indicator_id", "pk")
    filterset_class = ShownScoreLineFilter

    def shown(self, rows: Iterable[ScoreLine]) -> list[ScoreLine]:
        lines = list(rows)
        schools = {line.school_id: line.school for line in lines}
        found = []
        for row in score_rows_of(lines, schools, self.known, self.reader):
            row.line.note = row.mark  # type: ignore[attr-defined]  # for the serializer only
            found.append(row.line)
        return found
