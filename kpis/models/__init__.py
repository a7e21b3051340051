from kpis.models.catalogue import Indicator
from kpis.models.definitions import Definition, OwnVersion
from kpis.models.derived import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.recorded import EarlierVersion, Observation, Target
from kpis.models.setting_up import IndicatorChoice, SchoolChoice, TargetProposal
from kpis.models.similar import SimilarSchools

__all__ = [
    "Definition",
    "EarlierVersion",
    "Headline",
    "Indicator",
    "IndicatorChoice",
    "Observation",
    "OwnVersion",
    "Recomputation",
    "SchoolChoice",
    "ScoreLine",
    "SimilarSchools",
    "Target",
    "TargetProposal",
    "TrustFigure",
]
