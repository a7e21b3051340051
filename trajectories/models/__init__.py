from trajectories.models.capacity import AreaCapacity, DimensionRecord
from trajectories.models.decisions import LETTERS, JourneyDecision, PhaseDecision
from trajectories.models.engine_answers import CapacityStatus, EngineAnswer, PhaseProposal, Placement
from trajectories.models.judgements import LineJudgement
from trajectories.models.national_tables import CalculatedTables
from trajectories.models.outlooks import Outlook
from trajectories.models.references import ReferenceProposal, TrustReference
from trajectories.models.units import Unit, UnitJudgement, UnitPhase

__all__ = [
    "LETTERS",
    "AreaCapacity",
    "CalculatedTables",
    "CapacityStatus",
    "DimensionRecord",
    "EngineAnswer",
    "JourneyDecision",
    "LineJudgement",
    "Outlook",
    "PhaseDecision",
    "PhaseProposal",
    "Placement",
    "ReferenceProposal",
    "TrustReference",
    "Unit",
    "UnitJudgement",
    "UnitPhase",
]
