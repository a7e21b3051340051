"""Take a return along random paths on the real database.

No path leads to an accepted figure that changes without a new version; every transition has an actor and, where one is
asked for, a reason.
"""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kpis.models import EarlierVersion, Observation
from returns.actions.corrections import NoLinesNamed, ReturnNotAccepted, open_correction, withdraw_correction
from returns.actions.line_marks import mark_line
from returns.actions.moderation import (
    LineNotSubmitted,
    LineVerdict,
    NotTheirAreas,
    accept_return,
    decide_lines,
    send_back_return,
)
from returns.actions.returns import (
    LineEntry,
    LineNotOpen,
    LineSavedByAnother,
    ReturnNotReady,
    open_return,
    save_line,
    submit_return,
)
from returns.models import LineDecision, Return, ReturnDecision, ReturnLine
from tests.factories import SchoolFactory, TermFactory, TrustFactory, UserFactory
from trusts import tenancy
from trusts.models import AuditEntry
from trusts.reasons import ReasonNeeded
from trusts.two_people import OwnDecision

CODES = ["AB1", "STF3", "FIN1"]
BUSINESS = frozenset({"finance", "staffing"})
REFUSALS = (
    ReturnNotAccepted,
    NoLinesNamed,
    LineNotOpen,
    ReturnNotReady,
    LineNotSubmitted,
    NotTheirAreas,
    ReasonNeeded,
    LineSavedByAnother,
    OwnDecision,
)
# Which step of a line or of its return takes a line from one state to another.
STEPS = {
    ("open", "submitted"): "return submitted",
    ("sent_back", "submitted"): "return submitted",
    ("submitted", "accepted"): LineDecision.Step.ACCEPTED,
    ("submitted", "sent_back"): LineDecision.Step.SENT_BACK,
    ("submitted", "open"): LineDecision.Step.SENT_BACK,
    ("accepted", "open"): LineDecision.Step.CORRECTION,
    ("open", "accepted"): LineDecision.Step.WITHDRAWN,
    ("sent_back", "accepted"): LineDecision.Step.WITHDRAWN,
}
code = st.sampled_from(CODES)
reason = st.sampled_from(["", "  ", "Count again", "A class was left out"])
figures = st.integers(1, 40)
people = st.sampled_from(["head", "director"])
deciders = st.sampled_from(["moderator", "moderator", "director"])  # The director may have filled in some of it.


class ReturnMachine(RuleBasedStateMachine):
    """One return of three lines, and everything that the actions let people do with it."""

    def __init__(self) -> None:
        super().__init__()
        self.undo, self.scope = ExitStack(), ExitStack()
        self.undo.enter_context(transaction.atomic())
        trust = TrustFactory()
        self.scope.enter_context(tenancy.scope([trust.pk], actor="test"))
        self.people = {name: UserFactory() for name in ("head", "director", "moderator")}
        self.now = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
        self.termly_return = open_return(
            school=SchoolFactory(trust=trust), term=TermFactory(trust=trust), indicator_codes=CODES
        )
        self.states = dict.fromkeys(CODES, "open")
        self.accepted: dict[str, list[tuple[int, Decimal]]] = {line_code: [] for line_code in CODES}

    def teardown(self) -> None:
        self.scope.close()
        transaction.set_rollback(True)
        self.undo.close()

    @initialize(far=st.sampled_from([1, 1, 2, 0]))
    def begin(self, far) -> None:
        """Begin with a return that is filled in, submitted or accepted, so that short paths get far."""
        for line_code in CODES:
            self.save(line_code, 6, "head", stale=False)
        if far > 0:
            self.submit("head")
        if far > 1:
            self.accept_all_that_is_left(None, "moderator")

    def _try(self, action, **arguments) -> bool:
        self.now += timedelta(minutes=1)
        before = {row.indicator_id: (row.version, row.value) for row in Observation.objects.order_by("pk")}
        lines, steps = LineDecision.objects.count(), ReturnDecision.objects.count()
        try:
            action(at=self.now, **arguments)
        except REFUSALS:
            self._nothing_happened(before, lines, steps)
            return False
        self._every_transition_has_its_step(steps)
        self._versions_follow_one_another(before)
        return True

    def _nothing_happened(self, before, lines: int, steps: int) -> None:
        after = {row.indicator_id: (row.version, row.value) for row in Observation.objects.order_by("pk")}
        assert after == before
        assert (LineDecision.objects.count(), ReturnDecision.objects.count()) == (lines, steps)
        assert self._line_states() == self.states

    def _every_transition_has_its_step(self, steps: int) -> None:
        now = self._line_states()
        for line_code, (old, new) in {
            line_code: (self.states[line_code], now[line_code]) for line_code in CODES
        }.items():
            if old == new:
                continue
            step = STEPS[old, new]
            if step == "return submitted":
                latest = ReturnDecision.objects.latest("pk")
                assert ReturnDecision.objects.count() == steps + 1
                assert (latest.step, latest.decided_at) == ("submitted", self.now)
                assert latest.decided_by in self.people.values()
            else:
                decided = LineDecision.objects.filter(line__indicator_id=line_code).latest("pk")
                assert (decided.step, decided.decided_at) == (step, self.now)
                assert decided.decided_by in self.people.values()
        self.states = now

    def _versions_follow_one_another(self, before) -> None:
        for row in Observation.objects.order_by("pk"):
            known = self.accepted[row.indicator_id]
            if before.get(row.indicator_id) != (row.version, row.value):
                assert row.version == len(known) + 1, "a figure that changed has the next version"
                known.append((row.version, row.value))

    def _line_states(self) -> dict[str, str]:
        return dict(ReturnLine.objects.order_by("pk").values_list("indicator_id", "state"))

    # --- What people do

    @rule(code=code, value=figures, who=people, stale=st.booleans())
    def save(self, code, value, who, stale) -> None:
        line = self.termly_return.lines.get(indicator_id=code)
        entry = LineEntry(value=Decimal(value), comment="Checked")
        version = line.version - 1 if stale else line.version
        self._try(save_line, line=line, entry=entry, version=version, by=self.people[who])

    @rule(code=code, marked=st.booleans(), who=people)
    def mark(self, code, marked, who) -> None:
        """Mark a line to come back to: no state and no figure changes (what ``_try`` looks at)."""
        self._try(mark_line, line=self.termly_return.lines.get(indicator_id=code), marked=marked, by=self.people[who])

    @rule(who=people)
    def submit(self, who) -> None:
        self._try(submit_return, termly_return=self.termly_return, by=self.people[who])

    @rule(
        verdicts_by_code=st.dictionaries(code, st.one_of(st.just("accept"), reason), min_size=1),
        areas=st.none() | st.just(BUSINESS),
        who=deciders,
    )
    def decide(self, verdicts_by_code, areas, who) -> None:
        verdicts = [
            LineVerdict(code=line_code, accepted=how == "accept", reason="" if how == "accept" else how)
            for line_code, how in verdicts_by_code.items()
        ]
        by = self.people[who]
        self._try(decide_lines, termly_return=self.termly_return, verdicts=verdicts, areas=areas, by=by)

    @rule(areas=st.none() | st.just(BUSINESS), who=deciders)
    def accept_all_that_is_left(self, areas, who) -> None:
        self._try(accept_return, termly_return=self.termly_return, areas=areas, by=self.people[who])

    @rule(why=reason, who=deciders)
    def send_everything_back(self, why, who) -> None:
        self._try(send_back_return, termly_return=self.termly_return, reason=why, by=self.people[who])

    @rule(codes=st.sets(code), why=reason, who=people)
    def correct(self, codes, why, who) -> None:
        self._try(open_correction, termly_return=self.termly_return, codes=codes, reason=why, by=self.people[who])

    @rule(who=people)
    def withdraw(self, who) -> None:
        self._try(withdraw_correction, termly_return=self.termly_return, by=self.people[who])

    @rule(codes=st.sets(code, min_size=1), value=figures)
    def go_round(self, codes, value) -> None:
        """Correct lines, submit and accept them, as far as each step is possible: chance alone seldom gets round."""
        self.correct(codes, "A class was left out", "head")
        for line_code in sorted(codes):
            self.save(line_code, value, "head", stale=False)
        self.submit("head")
        self.accept_all_that_is_left(None, "moderator")

    @rule(code=code, value=figures)
    def go_behind_the_actions(self, code, value) -> None:
        """Write to the tables directly: the database keeps what was accepted."""
        for rows in (Observation.objects.filter(indicator_id=code), ReturnLine.objects.filter(indicator_id=code)):
            settled = rows.model is Observation or self.states[code] in ("submitted", "accepted")
            if rows.exists() and settled and rows.get().value != value:
                with pytest.raises(IntegrityError), transaction.atomic():
                    rows.update(value=value)

    # --- What is true whatever they did

    @invariant()
    def every_version_is_kept(self) -> None:
        for row in Observation.objects.order_by("pk"):
            kept = [
                *EarlierVersion.objects.filter(observation=row).order_by("version").values_list("version", "value"),
                (row.version, row.value),
            ]
            assert kept == self.accepted[row.indicator_id]
            assert row.version == 1 or row.reason.strip()
            assert row.accepted_by in self.people.values()

    @invariant()
    def an_accepted_line_says_what_was_accepted(self) -> None:
        figures = dict(Observation.objects.order_by("pk").values_list("indicator_id", "value"))
        for line in ReturnLine.objects.filter(state="accepted").order_by("pk"):
            assert line.value == figures[line.indicator_id]

    @invariant()
    def the_return_is_where_its_lines_are(self) -> None:
        states, state = set(self.states.values()), Return.objects.get(pk=self.termly_return.pk).state
        if state == Return.State.ACCEPTED:
            assert states == {"accepted"}
        elif state == Return.State.SUBMITTED:
            assert "submitted" in states
            assert not states & {"open", "sent_back"}
        elif state == Return.State.SENT_BACK:
            assert states & {"open", "sent_back"}
        elif state == Return.State.CORRECTING:
            assert "open" in states
            assert states <= {"open", "accepted"}
        else:
            assert states == {"open"}

    @invariant()
    def whoever_sends_back_or_corrects_says_why(self) -> None:
        for table in (LineDecision, ReturnDecision):
            for step in table.objects.filter(step__in=["sent_back", "correction"]):
                assert step.reason.strip()
        assert not AuditEntry.objects.filter(actor="").exists()


@pytest.mark.parametrize(("paths", "steps"), [(20, 20), pytest.param(150, 40, marks=pytest.mark.full)])
def test_no_path_changes_an_accepted_figure_without_a_new_version(catalogue, paths, steps):
    run_state_machine_as_test(
        ReturnMachine,
        settings=settings(
            max_examples=paths, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
