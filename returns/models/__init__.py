from returns.models.files import ColumnMapping, ReceivedFile
from returns.models.proposed import Proposal
from returns.models.returns import Allowance, ContributorArea, LineAssignment, Return, ReturnLine
from returns.models.steps import DecisionLetter, LineChange, LineDecision, ReturnDecision

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
