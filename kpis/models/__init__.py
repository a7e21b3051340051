from kpis.models.catalogue import Indicator, Season
from kpis.models.derived import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.published import ImportedFile, NationalFigure, PublishedResult, PublishedSchool, PublishedSeries
from kpis.models.recorded import Observation, Return, ReturnDecision, ReturnLine, Target, Term
from kpis.models.similar import SimilarSchools

__all__ = [
    "Headline",
    "ImportedFile",
    "Indicator",
    "NationalFigure",
    "Observation",
    "PublishedResult",
    "PublishedSchool",
    "PublishedSeries",
    "Recomputation",
    "Return",
    "ReturnDecision",
    "ReturnLine",
    "ScoreLine",
    "Season",
    "SimilarSchools",
    "Target",
    "Term",
    "TrustFigure",
]
