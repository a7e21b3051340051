"""A line of a return as its page shows it: what is stored or was just typed, and the figures next to it."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from kpis.catalogue import Indicator
from kpis.rules.explanations import EXPLANATION_FIELDS, Explanation
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.rating import Rating, RatingCode
from kpis.rules.score import Figure, SchoolTarget, rate_against
from kpis.rules.similar_figure import SimilarFigure
from published.dfe.value_statuses import ValueStatus
from returns.models import FigureProposal, LineDecision, ReturnLine
from returns.queries.return_context import ReturnContext
from returns.rules.line_checks import IN_A_COMMENT, REASONS_FOR_NONE, CheckedLine, Severity
from returns.rules.line_status import LineStatus
from returns.rules.return_lines import LineContext, LineState, LineWords, TypedLine, count_in_words, typed_from
from tables.dates import day_in_words
from trusts.models import User

ANSWER_NEEDED = "Change this line, or say in the comment why it is correct"
REASONS = [("", "There is a figure"), *((reason.value, reason.label) for reason in REASONS_FOR_NONE)]


@dataclass(frozen=True, kw_only=True)
class EarlierPlan:
    """What a school planned in an earlier term."""

    period: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ReturnLineRow:
    """A line of a return: what is stored or was just typed, the findings, and the figures next to it."""

    line: ReturnLine
    indicator: Indicator
    typed: TypedLine
    checked: CheckedLine
    return_context: ReturnContext
    history: tuple[Decimal, ...]
    state: LineState
    version: int  # The version that these fields are based on.
    shown: str  # The fingerprint of the fields in that version.
    theirs: bool = True  # Whether the person who sees the page fills in the line.
    accepted_version: int = 0  # The accepted figure's version; 0 if no figure was accepted.
    faults: tuple[str, ...] = ()  # Why the fields cannot be used.
    earlier: tuple[Figure, ...] = ()  # The school's accepted figures, oldest first, including this term's.
    proposal: FigureProposal | None = (
        None  # The suggested figure. Only while a line is filled in (returns.queries.line_context).
    )
    similar: SimilarFigure | None = None  # Only while a line is filled in.
    spark: str = ""  # Only while a line is filled in: a small chart of earlier terms.
    earlier_plan: EarlierPlan | None = None  # What was to happen next, as it was said the last time that was asked.

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def decisions(self) -> tuple[LineDecision, ...]:
        """Return the line's own steps, newest first."""
        return self.return_context.line_steps.get(self.line.pk, ())

    @property
    def assigned(self) -> tuple[User, ...]:
        """Return the contributors who fill in the line."""
        return self.return_context.people.get(self.code, ())

    @property
    def line_context(self) -> LineContext:
        """Return what a person sees next to the line before they type."""
        return self.return_context.line_context(self.indicator)

    @property
    def status(self) -> LineStatus:
        """Return what decides whether the return can be submitted with this line as it is stored."""
        return LineStatus(
            is_open=self.line.is_open,
            says_nothing=self.stored.says_nothing,
            is_checked=self.checked.may_submit,
            version=self.line.version,
            sent_back_at=self.sent_back.line_version if self.sent_back else None,
        )

    @property
    def sent_back(self) -> LineDecision | None:
        """Return the step that sent this line back for its own reason, while the school has the line."""
        if self.line.state != ReturnLine.State.SENT_BACK:
            return None
        return next((decision for decision in self.decisions if decision.step == LineDecision.Step.SENT_BACK), None)

    @property
    def settled(self) -> LineDecision | None:
        """Return the step that accepted the line, while it is accepted."""
        accepted = (decision for decision in self.decisions if decision.step == LineDecision.Step.ACCEPTED)
        return next(accepted, None) if self.line.state == ReturnLine.State.ACCEPTED else None

    @property
    def signed_off(self) -> LineDecision | None:
        """Return the contributor's sign-off, unless the line was saved since."""
        signed = (decision for decision in self.decisions if decision.step == LineDecision.Step.SIGNED_OFF)
        return next((decision for decision in signed if decision.line_version == self.line.version), None)

    @property
    def stored(self) -> TypedLine:
        """Return what the fields show before anything is typed."""
        return stored_text(self.line, self.indicator)

    @property
    def figure(self) -> str:
        """Write the stored figure with its unit; empty without a figure."""
        if self.line.value is None:
            return ""
        return figure_in_words(self.line.value, self.indicator.unit, self.indicator.decimals)

    @property
    def parts(self) -> str:
        """Write the parts that the figure was calculated from; empty if it was given alone."""
        counts = (self.line.numerator, self.line.denominator)
        return " of ".join(count_in_words(count) for count in counts if count is not None)

    @property
    def answer(self) -> str:
        """Write the figure, or why there is no figure; empty if the line says nothing yet."""
        if self.line.missing_reason:
            return missing_words(self.line.missing_reason, self.line.follows_on)
        return self.figure

    @property
    def typed_figure(self) -> str:
        """Write what was just typed in short, to show next to what somebody else saved."""
        return self.typed.in_short

    @property
    def stored_figure(self) -> str:
        """Write what is stored in short: the figure, why there is no figure, or what could not be read."""
        return self.stored.in_short if self.line.unread else self.answer or "nothing"

    @property
    def target(self) -> SchoolTarget | None:
        return self.line_context.held_against

    @property
    def rating(self) -> Rating | None:
        """Return the rating of the stored figure, or None without a figure."""
        has_figure = self.line.value is not None and not self.line.unread
        return rate_against(self.indicator, self.line.value, self.target) if has_figure else None

    @property
    def is_off_target(self) -> bool:
        return self.rating is not None and self.rating.code is RatingCode.OFF_TARGET

    @property
    def explanation(self) -> Explanation:
        """Return the stored explanation."""
        return self.stored.explanation

    @property
    def asks_to_explain(self) -> bool:
        """Return whether what, why and what next are to be seen: where they are asked for, and where there are some."""
        return self.is_off_target or bool(self.typed.explanation.labelled)

    @property
    def explaining(self) -> list[tuple[str, str, str]]:
        """Return the fields of the explanation: name, question and text."""
        return [(name, asked.capitalize(), getattr(self.typed, name)) for name, asked in EXPLANATION_FIELDS.items()]

    @property
    def other_words(self) -> list[tuple[str, str]]:
        """Return the labels and stored texts of the comment and explanation that differ from what was just typed."""
        stored, typed = asdict(self.stored), asdict(self.typed)
        named = [("comment", "comment"), *EXPLANATION_FIELDS.items()]
        return [(label, stored[name]) for name, label in named if stored[name].strip() != typed[name].strip()]

    @property
    def agrees(self) -> bool:
        """Return whether the line has the suggested figure."""
        if self.proposal is None or self.line.unread:
            return False
        return all(
            getattr(self.line, name) == getattr(self.proposal, name) for name in ("value", "numerator", "denominator")
        )

    @property
    def proposed_figure(self) -> str:
        """Write the suggested figure with its unit; empty without a suggestion."""
        if self.proposal is None:
            return ""
        return figure_in_words(self.proposal.value, self.indicator.unit, self.indicator.decimals)

    @property
    def proposed_parts(self) -> str:
        """Write the parts that the suggested figure was calculated from; empty if it was given alone."""
        counts = (self.proposal.numerator, self.proposal.denominator) if self.proposal else ()
        return " of ".join(count_in_words(count) for count in counts if count is not None)

    @property
    def to_confirm(self) -> bool:
        """Return whether a figure is suggested for a line that says nothing yet."""
        return self.proposal is not None and self.stored.says_nothing

    @property
    def needs_a_look(self) -> bool:
        """Return whether the line is empty, unusual, sent back, marked, not saved, or not the suggested figure."""
        not_saved = self.state in (LineState.INVALID, LineState.CONFLICT)
        differs = self.proposal is not None and not self.agrees
        return not self.status.may_submit or not_saved or self.line.marked or differs

    @property
    def messages(self) -> tuple[str, ...]:
        """Return the messages about what to correct or explain."""
        found = [finding.message for finding in self.checked.findings if finding.stops]
        if self.state is LineState.RED:  # The explanation also answers why it is unusual.
            found = [message.removesuffix(IN_A_COMMENT) for message in found]
        return self.faults or tuple([*found, *([ANSWER_NEEDED] if self.status.waits_for_answer else [])])

    @property
    def answered_queries(self) -> tuple[str, ...]:
        """Return the queries that a comment has answered."""
        return tuple(finding.message for finding in self.checked.findings if not finding.stops)

    @property
    def wrong_fields(self) -> frozenset[str]:
        """Return the fields with errors. A missing reason is an error in the comment."""
        if self.state is not LineState.INVALID:
            return frozenset()
        errors = {finding.field for finding in self.checked.findings if finding.level is Severity.ERROR}
        return frozenset("comment" if name == "reason" else name for name in errors)

    @property
    def first_field(self) -> str:
        """Return the field to go to if something is left to do in this line."""
        order = ("numerator", "denominator", "value", "status", "follows", "comment")
        if self.state is LineState.QUERY:
            return "comment"
        if self.state is LineState.RED:
            return next(finding.field for finding in self.checked.findings if finding.level is Severity.RED)
        usual = "numerator" if self.indicator.has_parts else "value"
        return next((name for name in order if name in self.wrong_fields), usual)

    @property
    def shows_more(self) -> bool:
        """Return whether the comment and the reason for no figure are shown at first."""
        return bool(self.typed.status or self.typed.comment) or self.state in (LineState.QUERY, LineState.INVALID)


def missing_words(status: str, follows_on: date | None) -> str:
    """Write why there is no figure, and by when it will follow if the school said so.

    >>> missing_words("to_follow", date(2026, 1, 31))
    'To follow by 31 January 2026'
    """
    by = f" by {day_in_words(follows_on)}" if follows_on else ""
    return ValueStatus(status).label + by


def stored_text(line: ReturnLine, indicator: Indicator) -> TypedLine:
    """Return what a stored line's fields show."""
    return typed_from(
        indicator,
        value=line.value,
        numerator=line.numerator,
        denominator=line.denominator,
        missing_reason=line.missing_reason,
        words=LineWords(comment=line.comment, what=line.what, why=line.why, what_next=line.what_next),
        unread=line.unread,
        follows_on=line.follows_on,
    )
