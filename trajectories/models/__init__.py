from trajectories.models.decisions import LETTERS, JourneyDecision, TrustReference
from trajectories.models.derived import CapacityStatus, Derived, PhaseProposal, Placement
from trajectories.models.judgements import LineJudgement

__all__ = [
    "LETTERS",
    "CapacityStatus",
    "Derived",
    "JourneyDecision",
    "LineJudgement",
    "PhaseProposal",
    "Placement",
    "TrustReference",
]
