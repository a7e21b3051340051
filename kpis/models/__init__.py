from kpis.models.catalogue import Indicator, Season
from kpis.models.derived import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.published import ImportedFile, NationalFigure, PublishedResult, PublishedSeries
from kpis.models.recorded import Observation, Return, ReturnDecision, ReturnLine, Target, Term

__all__ = [
    "Headline",
    "ImportedFile",
    "Indicator",
    "NationalFigure",
    "Observation",
    "PublishedResult",
    "PublishedSeries",
    "Recomputation",
    "Return",
    "ReturnDecision",
    "ReturnLine",
    "ScoreLine",
    "Season",
    "Target",
    "Term",
    "TrustFigure",
]
