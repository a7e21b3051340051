"""Read a trust's policy for small numbers, who a reader is, and what stored figures give away."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kpis.catalogue import FigureSubject
from kpis.models import SmallNumberPolicy, SmallNumberProposal
from kpis.rules.privacy import (
    AS_IT_IS,
    CHOSEN,
    HIDEABLE,
    MARK,
    STANDARD_RULES,
    Audience,
    FigureReader,
    SmallCounts,
    SmallNumberRules,
)
from tables.dates import day_in_words
from trusts.models import Role
from trusts.permissions import Access

AUDIENCES: Mapping[Role, Audience] = {
    Role.BOARD_MEMBER: Audience.BOARD,
    Role.EXECUTIVE_DIRECTOR: Audience.CENTRE,
    Role.TEACHING_CONSULTANT: Audience.CENTRE,
    Role.BUSINESS_MANAGER: Audience.CENTRE,
    # Both read the Panel's papers. What they see there is not hidden from them on another page.
    Role.IMPROVEMENT_PARTNER: Audience.PANEL,
    Role.GOVERNANCE_PROFESSIONAL: Audience.PANEL,
    Role.TRUST_ADMINISTRATOR: Audience.OTHERS,
    Role.HEADTEACHER: Audience.SCHOOL,
    Role.SCHOOL_CONTRIBUTOR: Audience.SCHOOL,
    Role.LOCAL_GOVERNOR: Audience.GOVERNORS,
    Role.EXTERNAL_REVIEWER: Audience.GOVERNORS,  # Reads one school, for its review.
}


def rules_in_force() -> SmallNumberRules:
    """Return the rules for small numbers of the trust in scope. One query."""
    newest = SmallNumberPolicy.objects.order_by("-entered_at", "-pk").first()
    return rules_of(newest) if newest else STANDARD_RULES


def rules_of(policy: SmallNumberPolicy | SmallNumberProposal) -> SmallNumberRules:
    """Return the rules of a decision or a proposal. Audiences that it does not name have the standard rules."""
    return SmallNumberRules(
        fewest={
            (about, audience): policy.fewest.get(about, {}).get(audience, STANDARD_RULES.fewest[about, audience])
            for about in HIDEABLE
            for audience in CHOSEN
        }
    )


def as_stored(rules: SmallNumberRules) -> dict[str, dict[str, int]]:
    """Return rules as ``SmallNumberPolicy.fewest`` stores them."""
    return {
        about.value: {audience.value: rules.fewest_shown(about, audience) for audience in CHOSEN} for about in HIDEABLE
    }


@dataclass(frozen=True, kw_only=True)
class SmallNumbersPage:
    """The rules in force in words, and the decisions behind them."""

    rules: SmallNumberRules
    decisions: list[dict[str, str]]  # For a timeline, newest first.
    proposal: SmallNumberProposal | None  # Rules that another person has to approve.
    proposed: tuple[str, ...] = ()  # What would change, in words.
    mark: str = MARK
    subjects: tuple[FigureSubject, ...] = HIDEABLE

    @property
    def rows(self) -> list[tuple[Audience, list[tuple[FigureSubject, str]]]]:
        """Return what each audience sees, in words."""
        return [
            (audience, [(about, _seen(self.rules.fewest_shown(about, audience))) for about in HIDEABLE])
            for audience in Audience
        ]


def small_numbers_page() -> SmallNumbersPage:
    """Return the page about small numbers of the trust in scope. Two queries."""
    found = SmallNumberPolicy.objects.select_related("entered_by", "approved_by").order_by("-entered_at", "-pk")
    decisions = list(found)
    waiting = SmallNumberProposal.objects.filter(state=SmallNumberProposal.State.WAITING)
    proposal = waiting.select_related("proposed_by").first()
    return SmallNumbersPage(
        rules=rules_of(decisions[0]) if decisions else STANDARD_RULES,
        decisions=[
            {
                "what": f"Decided on {day_in_words(policy.decided_on)}: {'; '.join(_in_words(rules_of(policy)))}",
                "when": f"Entered on {day_in_words(timezone.localdate(policy.entered_at))}",
                "who": policy.entered_by.name
                + (f", approved by {policy.approved_by.name}" if policy.approved_by else ""),
                "text": policy.reason,
            }
            for policy in decisions
        ],
        proposal=proposal,
        proposed=_changes(rules_of(decisions[0]) if decisions else STANDARD_RULES, rules_of(proposal))
        if proposal
        else (),
    )


def _in_words(rules: SmallNumberRules) -> tuple[str, ...]:
    return tuple(
        f"{about.label}: "
        + ", ".join(f"{audience.label} {_seen(rules.fewest_shown(about, audience)).lower()}" for audience in CHOSEN)
        for about in HIDEABLE
    )


def _changes(now: SmallNumberRules, proposed: SmallNumberRules) -> tuple[str, ...]:
    """Return what each audience would see from then on that differs, in words."""
    return tuple(
        f"{about.label}, {audience.label}: {_seen(after).lower()} (now: {_seen(before).lower()})"
        for about in HIDEABLE
        for audience in CHOSEN
        if (before := now.fewest_shown(about, audience)) != (after := proposed.fewest_shown(about, audience))
    )


def _seen(fewest: int) -> str:
    return "Every figure" if fewest == AS_IT_IS else f"0, and counts from {fewest}"


def reader_of(access: Access) -> FigureReader:
    """Return how a person reads the figures of the trust's schools. One query."""
    everywhere, by_school = {Audience.OTHERS}, defaultdict(set)
    for membership in access.memberships:
        audience = AUDIENCES[Role(membership.role)]
        if membership.school_id is None:
            everywhere.add(audience)
        else:
            by_school[membership.school_id].add(audience)
    return FigureReader(
        rules=rules_in_force(),
        everywhere=frozenset(everywhere),
        by_school={urn: frozenset(audiences) for urn, audiences in by_school.items()},
    )


def kept_counts(now: SmallCounts | None, then: SmallCounts | None) -> dict[str, Any]:
    """Return what a figure and the one a year earlier give away, as ``ScoreLine.small_counts`` stores it."""
    return {name: _kept(counts) for name, counts in (("now", now), ("then", then)) if counts is not None}


def counts_from_kept(kept: Mapping[str, Any] | None, name: str) -> SmallCounts | None:
    """Return what a stored score line gives away; None if it was calculated before this was known."""
    if kept is None:
        return None
    return SmallCounts(**{about: Decimal(str(count)) for about, count in kept.get(name, {}).items()})


def _kept(counts: SmallCounts) -> dict[str, float]:
    named = {FigureSubject.EVENTS.value: counts.events, FigureSubject.PEOPLE.value: counts.people}
    return {about: float(count) for about, count in named.items() if count}
