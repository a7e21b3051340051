from rest_framework.routers import SimpleRouter

from kpis.api import ObservationViewSet, ScoreLineViewSet

router = SimpleRouter()
router.register(r"trusts/(?P<trust_id>\d+)/observations", ObservationViewSet, basename="observation")
router.register(r"trusts/(?P<trust_id>\d+)/score-lines", ScoreLineViewSet, basename="score-line")
