from kpis.models.catalogue import Indicator
from kpis.models.definitions import Definition, OwnVersion
from kpis.models.derived import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.published import ImportedFile, NationalFigure, PublishedResult, PublishedSeries, SchoolList
from kpis.models.recorded import EarlierVersion, Observation, Target
from kpis.models.setting_up import IndicatorChoice, SchoolChoice, TargetProposal
from kpis.models.similar import SimilarSchools

__all__ = [
    "Definition",
    "EarlierVersion",
    "Headline",
    "ImportedFile",
    "Indicator",
    "IndicatorChoice",
    "NationalFigure",
    "Observation",
    "OwnVersion",
    "PublishedResult",
    "PublishedSeries",
    "Recomputation",
    "SchoolChoice",
    "SchoolList",
    "ScoreLine",
    "SimilarSchools",
    "Target",
    "TargetProposal",
    "TrustFigure",
]
