from trajectories.models.derived import CapacityStatus, Derived, PhaseProposal, Placement
from trajectories.models.judgements import LineJudgement

__all__ = ["CapacityStatus", "Derived", "LineJudgement", "PhaseProposal", "Placement"]
