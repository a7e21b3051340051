from trajectories.models.capacity import AreaCapacity, DimensionRecord
from trajectories.models.decisions import PhaseDecision
from trajectories.models.derived import CapacityStatus, Derived, PhaseProposal, Placement
from trajectories.models.judgements import LineJudgement
from trajectories.models.outlooks import Outlook
from trajectories.models.units import Unit, UnitJudgement, UnitPhase

__all__ = [
    "AreaCapacity",
    "CapacityStatus",
    "Derived",
    "DimensionRecord",
    "LineJudgement",
    "Outlook",
    "PhaseDecision",
    "PhaseProposal",
    "Placement",
    "Unit",
    "UnitJudgement",
    "UnitPhase",
]
