from kpis.models.calculated import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.catalogue import IndicatorCode
from kpis.models.definitions import Definition, OwnVersion
from kpis.models.similar_schools import SimilarSchools
from kpis.models.targets_and_figures import EarlierVersion, Observation, Target
from kpis.models.trust_setup import (
    IndicatorChoice,
    SchoolChoice,
    SmallNumberPolicy,
    SmallNumberProposal,
    TargetProposal,
)

__all__ = [
    "Definition",
    "EarlierVersion",
    "Headline",
    "IndicatorChoice",
    "IndicatorCode",
    "Observation",
    "OwnVersion",
    "Recomputation",
    "SchoolChoice",
    "ScoreLine",
    "SimilarSchools",
    "SmallNumberPolicy",
    "SmallNumberProposal",
    "Target",
    "TargetProposal",
    "TrustFigure",
]
