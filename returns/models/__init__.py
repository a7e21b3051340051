from returns.models.figure_proposals import Proposal
from returns.models.files import ColumnMapping, ReceivedFile
from returns.models.return_history import DecisionLetter, LineChange, LineDecision, ReturnDecision
from returns.models.returns import Allowance, ContributorArea, LineAssignment, Return, ReturnLine

__all__ = [
    "Allowance",
    "ColumnMapping",
    "ContributorArea",
    "DecisionLetter",
    "LineAssignment",
    "LineChange",
    "LineDecision",
    "Proposal",
    "ReceivedFile",
    "Return",
    "ReturnDecision",
    "ReturnLine",
]
