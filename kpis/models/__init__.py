from kpis.models.catalogue import Indicator
from kpis.models.definitions import Definition, OwnVersion
from kpis.models.derived import Headline, Recomputation, ScoreLine, TrustFigure
from kpis.models.files import ColumnMapping, ReceivedFile
from kpis.models.proposed import Proposal
from kpis.models.published import ImportedFile, NationalFigure, PublishedResult, PublishedSeries, SchoolList
from kpis.models.recorded import EarlierVersion, Observation, Target
from kpis.models.reminders import Reminder, ReminderPace, ReminderTurn
from kpis.models.returns import Allowance, LineAssignment, Return, ReturnLine
from kpis.models.setting_up import ContributorArea, IndicatorChoice, SchoolChoice, TargetProposal
from kpis.models.similar import SimilarSchools
from kpis.models.steps import DecisionLetter, LineChange, LineDecision, ReturnDecision

__all__ = [
    "Allowance",
    "ColumnMapping",
    "ContributorArea",
    "DecisionLetter",
    "Definition",
    "EarlierVersion",
    "Headline",
    "ImportedFile",
    "Indicator",
    "IndicatorChoice",
    "LineAssignment",
    "LineChange",
    "LineDecision",
    "NationalFigure",
    "Observation",
    "OwnVersion",
    "Proposal",
    "PublishedResult",
    "PublishedSeries",
    "ReceivedFile",
    "Recomputation",
    "Reminder",
    "ReminderPace",
    "ReminderTurn",
    "Return",
    "ReturnDecision",
    "ReturnLine",
    "SchoolChoice",
    "SchoolList",
    "ScoreLine",
    "SimilarSchools",
    "Target",
    "TargetProposal",
    "TrustFigure",
]
