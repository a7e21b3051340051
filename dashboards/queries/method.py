"""Read the method page from the rules themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.queries.warning_method import WarningMethod, warning_method
from kpis.catalogue import Indicator, catalogue_indicators
from kpis.rules.privacy import FEWEST_SHOWN
from kpis.rules.similar_schools import SimilarityRules, similarity_rules
from trajectories.queries.references import CarterLineRow, line_rows
from trajectories.rules.capacity import FLAGS, Journey, journeys
from trajectories.rules.journey_rules import WORDS, JourneyRule, JourneyRules, RuleCondition, bound_of, standard_rules
from trajectories.rules.reference_lines import ReferenceSet, line_percentiles_of, standard_reference
from trajectories.rules.rubric import Rubric, standard_rubric
from trajectories.rules.trajectory import FEATURES
from trajectories.rules.written_rules import RulesSection, written_rules

PHASES = ("secondary", "primary")
# The part of the page for each section of trajectories/README.md. Other sections have a part of their own.
PARTS = {
    "Standing": "standing",
    "Trajectory": "journeys",
    "Decisions": "decisions",
    "Phase": "phases",
    "Units": "units",
    "Capacity": "capacity",
    "Similar schools": "similar",
    "Early warning": "warnings",
}
YEARS = "the number of comparable years"


@dataclass(frozen=True, kw_only=True)
class JourneyRuleRow:
    """One rule for journeys, with its conditions in words."""

    rule: JourneyRule
    journey: Journey | None
    conditions: list[str]


@dataclass(frozen=True, kw_only=True)
class SuggestionRow:
    """The figures that suggest a phase for one line of the rubric."""

    number: str
    line: str
    name: str
    unit: str
    steps: list[tuple[str, str]]  # Phase and bound, in words.
    source: str


@dataclass(frozen=True, kw_only=True)
class MethodPage:
    """The content of the method page."""

    rules: JourneyRules
    rule_rows: list[JourneyRuleRow]
    reference: ReferenceSet
    line_rows: tuple[CarterLineRow, ...]
    rubric: Rubric
    step_rows: list[SuggestionRow]
    journeys: list[Journey]
    flags: Mapping[str, str]
    indicators: tuple[Indicator, ...]
    fewest_shown: int
    written: Mapping[str, RulesSection]  # The rules in full, by part of the page.
    others: list[RulesSection]  # Sections without a part of the page.
    warnings: WarningMethod
    similar: SimilarityRules


def method_page(*, last_year: int) -> MethodPage:
    """Return the rules in force. No query.

    ``last_year`` is the newest school year that may have results. The current lines are shown in its figures.
    """
    rules, reference, rubric = standard_rules(), standard_reference(), standard_rubric()
    return MethodPage(
        rules=rules,
        rule_rows=[
            JourneyRuleRow(
                rule=rule, journey=journeys().get(rule.letter), conditions=_conditions(rule, rules, reference)
            )
            for rule in rules.rules
        ],
        reference=reference,
        line_rows=line_rows(reference, last_year=last_year),
        rubric=rubric,
        step_rows=_step_rows(rubric),
        journeys=list(journeys().values()),
        flags=FLAGS,
        indicators=catalogue_indicators(),
        fewest_shown=FEWEST_SHOWN,
        written={PARTS[section.name]: section for section in written_rules() if section.name in PARTS},
        others=[section for section in written_rules() if section.name not in PARTS],
        warnings=warning_method(),
        similar=similarity_rules(),
    )


def _conditions(rule: JourneyRule, rules: JourneyRules, reference: ReferenceSet) -> list[str]:
    return [_condition(condition, rules, reference) for condition in rule.conditions]


def _condition(condition: RuleCondition, rules: JourneyRules, reference: ReferenceSet) -> str:
    """Return one condition in words, with a bound for each phase of education if they differ."""
    if condition.feature == "years":
        return f"{YEARS} is {WORDS[condition.sign]} {condition.bound:g}"
    name, unit = FEATURES[condition.feature]
    found = {phase: bound_of(condition, rules.bounds(phase, line_percentiles_of(reference, phase))) for phase in PHASES}
    shown = {phase: f"{value:g}".replace("-", "−") for phase, value in found.items()}
    if len(set(shown.values())) == 1:
        return f"{name} is {WORDS[condition.sign]} {shown[PHASES[0]]}{unit}"
    both = " or ".join(f"{value} ({phase})" for phase, value in shown.items())
    return f"{name} is {WORDS[condition.sign]} {both}{unit}"


def _step_rows(rubric: Rubric) -> list[SuggestionRow]:
    return [
        SuggestionRow(
            number=suggestion.number,
            line=rubric.line(suggestion.line).name,
            name=suggestion.name,
            unit=suggestion.unit,
            steps=[(step["phase"], _bound(step.get("lower"), step.get("upper"))) for step in suggestion.steps],
            source=suggestion.source,
        )
        for suggestion in rubric.suggestions
    ]


def _bound(lower: float | None, upper: float | None) -> str:
    if lower is not None:
        return f"{lower:g} or more"
    return f"{upper:g} or less" if upper is not None else "otherwise"
