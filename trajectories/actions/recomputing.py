"""Recompute what follows from accepted and published figures."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kpis.actions.scoring import rescore_school, rescore_trust
from kpis.models import Recomputation
from kpis.queries.catalogue import trust_indicators
from kpis.queries.known_figures import known_figures
from kpis.queries.similar_context import newest_file
from kpis.queries.small_numbers import rules_in_force
from kpis.rules.privacy import Audience, reader_for, shown_figures
from kpis.rules.score import Figure
from schools.models import School
from schools.rules.terms import school_year_on
from trajectories.actions.capacity import keep_capacity
from trajectories.actions.engine_answers import add_if_changed
from trajectories.actions.outlooks import keep_outlooks
from trajectories.actions.units import keep_units
from trajectories.models import PhaseProposal, Placement
from trajectories.queries import engine_inputs
from trajectories.queries.charts import lines_over
from trajectories.queries.journeys import decisions_in_force
from trajectories.queries.national_tables import tables_in_force, tables_seen
from trajectories.queries.references import reference_in_force
from trajectories.rules.percentiles import NationalTables
from trajectories.rules.phase import LineLevel, ProposedPhase, level_that_counts, propose_phase, suggest_levels
from trajectories.rules.reference_lines import ReferenceSet
from trajectories.rules.rubric import standard_rubric
from trajectories.rules.standing import Standing, standings, trajectory_frame
from trajectories.rules.trajectory import JourneyPlacement, placements
from trusts.locks import locked

ENGINE_VERSION = "3"
PREFERRED = ("secondary", "primary")  # The phase that places an all-through school.


@transaction.atomic
def recompute_school(*, trust_id: int, school: School, at: datetime) -> None:
    """Recalculate one school's score lines, journey, phase proposal, capacity status and outlooks.

    Safe to run twice, even at the same time. The school's note is locked, and the request that was read is marked done
    in the same transaction as the results, so that a killed run leaves the school still to be recomputed.
    """
    Recomputation.objects.get_or_create(trust_id=trust_id, school=school)
    note = locked(Recomputation.objects.filter(school=school)).get()
    # Before the figures are read: a file that is imported meanwhile is a reason to recompute, and so are national
    # tables that do not have a file yet.
    files_seen, tables = min(newest_file(), tables_seen()), tables_in_force()
    read = engine_inputs.published_for_engine(school)
    figures = known_figures([school.pk], read=read).get(school.pk, {})
    rescore_school(trust_id=trust_id, school=school, figures=figures, on=timezone.localdate(at))
    shown = _shown_to_all_readers(school, figures, on=timezone.localdate(at))
    reference = reference_in_force(trust_id)
    results = engine_inputs.results_for_engine(school, read)
    held = standings(results, reference=reference, tables=tables)
    placed = _place(held, reference)
    decision = decisions_in_force([school]).get(school.pk)
    suggested = suggest_levels(engine_inputs.rubric_figures(school, held, shown, tables))
    proposal = _propose(school, suggested)
    common = {"trust_id": trust_id, "school": school, "computed_at": at, "engine_version": ENGINE_VERSION}
    add_if_changed(Placement(**common, **_placement_fields(placed, held, reference, tables)))
    add_if_changed(PhaseProposal(**common, **_proposal_fields(proposal, suggested)))
    letter = placed.letter if placed else None
    units = keep_units(school=school, results=results, tables=tables, common=common)
    keep_capacity(school=school, letter=letter, decision=decision, proposal=proposal, units=units, common=common)
    keep_outlooks(
        school=school,
        read=read,
        results=results,
        figures=shown,
        letter=decision.letter if decision else letter or "",
        now=school_year_on(timezone.localdate(at)),
        reference=reference,
        tables=tables,
        common=common,
    )
    note.done, note.done_at, note.files_seen = note.wanted, at, files_seen
    note.save(update_fields=["done", "done_at", "files_seen"])


@transaction.atomic
def recompute_trust(*, trust_id: int, on: date) -> int:
    """Recalculate the trust's own figures and headlines. Every school of the trust must be in scope."""
    return rescore_trust(trust_id=trust_id, on=on)


def _shown_to_all_readers(school: School, figures: dict[str, list[Figure]], *, on: date) -> dict[str, list[Figure]]:
    """Return figures without those that somebody who reads the school's phase and outlooks may not see."""
    indicators, rules = trust_indicators(on=on), rules_in_force()
    for audience in (Audience.BOARD, Audience.GOVERNORS, Audience.PANEL):
        figures = shown_figures(figures, indicators, reader_for(audience, rules), school.pk)
    return figures


def _place(held: list[Standing], reference: ReferenceSet) -> JourneyPlacement | None:
    """Place the school by its phase of education; an all-through school by its secondary results first."""
    for phase in PREFERRED:
        own = [standing for standing in held if standing.phase == phase]
        if any(standing.percentile is not None for standing in own):
            return placements(trajectory_frame(own), phase=phase, reference=reference)[0]
    return None


def _propose(school: School, suggested: dict[str, LineLevel]) -> ProposedPhase:
    judged = engine_inputs.judgements_by_voice(school)
    levels = {}
    for line in [rubric_line.code for rubric_line in standard_rubric().lines]:
        level = level_that_counts({"data": suggested.get(line), **judged.get(line, {})})
        if level is not None:
            levels[line] = level
    return propose_phase(levels)


def _placement_fields(
    placed: JourneyPlacement | None, held: list[Standing], reference: ReferenceSet, tables: NationalTables
) -> dict[str, Any]:
    """Keep the engine's full answer with the lines it was compared with, because a trust may set other lines later."""
    shown = [asdict(standing) for standing in held]
    if placed is None:
        reasons = {standing.reason for standing in held if standing.reason}
        why = "This school has no published results that can be compared nationally."
        return {
            "reason": " ".join([why, *sorted(reasons)[:1]]),
            "inputs": {"placement": None, "standings": shown},
            "reference_set": held[0].reference_version if held else "none",
        }
    return {
        "letter": placed.letter or "",
        "rule": placed.rule or "",
        "confidence": placed.confidence or "",
        "runner_up": placed.runner_up_reason or "",
        "reason": placed.reason,
        "inputs": {
            "placement": asdict(placed),
            "standings": shown,
            "lines": [asdict(line) for line in lines_over(held, placed.phase, reference, tables)],
        },
        "reference_set": placed.reference_version,
        "data_cutoff": placed.cut_off,
    }


def _proposal_fields(proposal: ProposedPhase, suggested: dict[str, LineLevel]) -> dict[str, Any]:
    """Keep what the data suggests for every line with the answer, even where a person's voice counts."""
    return {
        "phase": proposal.phase or "",
        "held_back_by": list(proposal.holding_back),
        "reason": proposal.reason,
        "inputs": asdict(proposal) | {"suggested": {line: asdict(level) for line, level in suggested.items()}},
    }
