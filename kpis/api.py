from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from kpis.catalogue import Indicator
from kpis.models import Observation, ScoreLine
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import HIDDEN_BECAUSE_SMALL, ScoreRow, is_hidden, score_rows_of
from published.dfe.value_statuses import ValueStatus
from trusts.api import TrustScoped
from trusts.permissions import Permission

NO_FIGURE = {"value": None, "numerator": None, "denominator": None, "status": ValueStatus.TOO_FEW_PUPILS.value}
NO_LINE = {"value": None, "cohort": None, "status": ValueStatus.TOO_FEW_PUPILS.value, "reason": HIDDEN_BECAUSE_SMALL}
NO_MOVEMENT = {"movement": "not_comparable", "movement_text": "Hidden"}


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    class Meta:
        model = Observation
        fields = [
            "id", "school", "indicator", "school_year", "season", "pupil_group", "value", "numerator", "denominator",
            "status", "source", "version", "accepted_at",
        ]  # fmt: skip

    def to_representation(self, instance: Observation) -> dict[str, Any]:
        """Leave out the figure if it is about too few people and the reader is not from the school."""
        shown = super().to_representation(instance)
        view: ObservationViewSet = self.context["view"]
        hidden = is_hidden(instance, view.known.get(instance.indicator_id), inside=view.access.own_schools())
        return shown | NO_FIGURE if hidden else shown


class ObservationViewSet(TrustScoped, viewsets.ReadOnlyModelViewSet[Observation]):
    """``/api/trusts/<trust_id>/observations/``: the accepted figures of the schools this person may see."""

    read_permission = Permission.VIEW_SCHOOL
    serializer_class = ObservationSerializer
    queryset = Observation.objects.order_by("school_id", "indicator_id", "school_year", "season", "pk")
    filterset_fields = ["school", "indicator", "school_year", "season", "pupil_group", "status"]
    known: Mapping[str, Indicator]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.known = trust_indicators(on=timezone.localdate())


class ScoreLineSerializer(serializers.ModelSerializer[ScoreLine]):
    class Meta:
        model = ScoreLine
        fields = [
            "id", "school", "indicator", "school_year", "season", "value", "status", "cohort", "target", "rating",
            "reason", "movement", "movement_text", "national", "national_text",
        ]  # fmt: skip

    def to_representation(self, instance: ScoreLine) -> dict[str, Any]:
        """Leave out what the pages hide outside the school: small figures, and movements that give them away."""
        row: ScoreRow = self.context["view"].rows[instance.pk]
        shown = super().to_representation(instance)
        return shown | (NO_LINE if row.hidden else {}) | (NO_MOVEMENT if row.hidden or row.then_hidden else {})


class ScoreLineViewSet(TrustScoped, viewsets.ReadOnlyModelViewSet[ScoreLine]):
    """``/api/trusts/<trust_id>/score-lines/``: the score lines of the schools this person may see."""

    read_permission = Permission.VIEW_SCHOOL
    serializer_class = ScoreLineSerializer
    queryset = ScoreLine.objects.select_related("school").order_by("school_id", "indicator_id", "pk")
    filterset_fields = ["school", "indicator", "rating"]
    rows: dict[int, ScoreRow]  # The lines to send, as they may be shown.

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        page = super().paginate_queryset(queryset)
        self._look_behind(page or [])
        return page

    def get_object(self) -> ScoreLine:
        line = super().get_object()
        self._look_behind([line])
        return line

    def _look_behind(self, lines: Sequence[ScoreLine]) -> None:
        schools = {line.school_id: line.school for line in lines}
        self.rows = {
            row.line.pk: row
            for row in score_rows_of(
                lines, schools, trust_indicators(on=timezone.localdate()), inside=self.access.own_schools()
            )
        }
