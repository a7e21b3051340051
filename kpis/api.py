from rest_framework import serializers, viewsets

from kpis.models import Observation, ScoreLine
from trusts.api import TrustScoped
from trusts.permissions import Permission


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    class Meta:
        model = Observation
        fields = [
            "id", "school", "indicator", "school_year", "season", "pupil_group", "value", "numerator", "denominator",
            "status", "source", "accepted_at",
        ]  # fmt: skip


class ObservationViewSet(TrustScoped, viewsets.ReadOnlyModelViewSet[Observation]):
    """``/api/trusts/<trust_id>/observations/``: the accepted figures of the schools this person may see."""

    read_permission = Permission.VIEW_SCHOOL
    serializer_class = ObservationSerializer
    queryset = Observation.objects.order_by("school_id", "indicator_id", "school_year", "season", "pk")
    filterset_fields = ["school", "indicator", "school_year", "season", "pupil_group", "status"]


class ScoreLineSerializer(serializers.ModelSerializer[ScoreLine]):
    class Meta:
        model = ScoreLine
        fields = [
            "id", "school", "indicator", "school_year", "season", "value", "status", "cohort", "target", "rating",
            "reason", "movement", "movement_text", "national", "national_text",
        ]  # fmt: skip


class ScoreLineViewSet(TrustScoped, viewsets.ReadOnlyModelViewSet[ScoreLine]):
    """``/api/trusts/<trust_id>/score-lines/``: where the schools this person may see stand now."""

    read_permission = Permission.VIEW_SCHOOL
    serializer_class = ScoreLineSerializer
    queryset = ScoreLine.objects.order_by("school_id", "indicator_id", "pk")
    filterset_fields = ["school", "indicator", "rating"]
