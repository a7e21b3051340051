from returns.models.figure_proposals import FigureProposal
from returns.models.files import ColumnMapping, ReceivedFile, SanctionMeaning
from returns.models.return_history import DecisionLetter, LineChange, LineDecision, ReturnDecision
from returns.models.returns import Allowance, ContributorArea, LineAssignment, Return, ReturnLine

__all__ = [
    "Allowance",
    "ColumnMapping",
    "ContributorArea",
    "DecisionLetter",
    "FigureProposal",
    "LineAssignment",
    "LineChange",
    "LineDecision",
    "ReceivedFile",
    "Return",
    "ReturnDecision",
    "ReturnLine",
    "SanctionMeaning",
]
