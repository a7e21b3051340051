from trajectories.models.derived import CapacityStatus, Derived, PhaseProposal, Placement
from trajectories.models.judgements import LineJudgement
from trajectories.models.outlooks import Outlook

__all__ = ["CapacityStatus", "Derived", "LineJudgement", "Outlook", "PhaseProposal", "Placement"]
