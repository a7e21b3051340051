"""Test indicators for groups of pupils: their lines come below the line for all pupils and do not change it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kpis.actions.indicator_set import choose_indicator
from kpis.actions.scoring import rescore_school
from kpis.catalogue import catalogue_by_code, catalogue_indicators, return_lines
from kpis.catalogue.kinds import PupilGroup
from kpis.models import Observation, ScoreLine
from kpis.queries.indicator_set import lines_asked_of, set_rows
from kpis.queries.known_figures import known_figures
from kpis.rules.indicator_choices import DatedChoice, asked_lines
from kpis.rules.privacy import STANDARD_RULES, Audience, reader_for, shown_figures
from kpis.rules.score import Figure
from published.dfe.value_statuses import ValueStatus
from returns.actions.moderation import accept_return
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.rules.cross_checks import LineCounts, cross_check_findings
from returns.rules.line_checks import LineAsTyped, check_line
from schools.rules.terms import Period
from tests.factories import TermFactory, UserFactory
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
TODAY = date(2025, 9, 1)
SEND = catalogue_by_code()["AB13"]


def choice(code, *, asked=True):
    """A choice of the trust, or of one school."""
    return DatedChoice(code=code, is_asked=asked, from_date=TODAY, chosen_at=AT)


def lines(*trust, school=()):
    return [
        indicator.code
        for indicator in asked_lines(catalogue_indicators(), "primary", trust=trust, school=school, on=TODAY)
    ]


def test_indicator_for_a_group_has_the_definition_of_the_indicator_for_all_pupils():
    whole = catalogue_by_code()["AB1"]

    assert (SEND.part_of, SEND.pupil_group, SEND.limits, SEND.numerator) == (
        "AB1", PupilGroup.SEND, whole.limits, whole.numerator,
    )  # fmt: skip
    assert (SEND.sensitive, SEND.headline, SEND.target.value) == (True, False, None)
    codes = [indicator.code for indicator in catalogue_indicators()]
    assert codes[codes.index("AB1") + 1 : codes.index("AB2")] == ["AB12", "AB13", "AB14"]


def test_group_is_asked_for_only_if_the_trust_chose_it_and_asks_for_all_pupils():
    as_it_is = [indicator.code for indicator in return_lines("primary")]

    assert lines() == as_it_is
    assert set(lines(choice("AB13"))) - set(as_it_is) == {"AB13"}
    assert lines(choice("AB13"), school=[choice("AB13", asked=False)]) == as_it_is
    assert {"AB1", "AB13"} & set(lines(choice("AB13"), choice("AB1", asked=False))) == set()


def test_group_with_a_higher_count_than_all_pupils_is_queried():
    of_all = LineCounts(numerator=Decimal(40), denominator=Decimal(1000))

    assert (
        cross_check_findings({"AB1": of_all, "AB13": LineCounts(numerator=Decimal(40), denominator=Decimal(1000))})
        == {}
    )
    found = cross_check_findings({"AB1": of_all, "AB13": LineCounts(numerator=Decimal(41), denominator=Decimal(300))})
    assert set(found) == {"AB1", "AB13"}
    assert "the group is part of all pupils" in found["AB13"][0].message


def test_only_the_line_of_a_group_may_be_submitted_as_not_collected():
    nothing = LineAsTyped(status=ValueStatus.NOT_COLLECTED)

    assert check_line(SEND, nothing).may_submit
    assert not check_line(catalogue_by_code()["AB1"], nothing).may_submit
    assert not check_line(SEND, LineAsTyped()).may_submit
    assert not check_line(SEND, LineAsTyped(status=ValueStatus.TO_FOLLOW)).may_submit


def test_a_group_with_few_pupils_in_it_is_hidden_outside_the_school():
    three_of_twenty = Figure(
        period=Period(2026), value=Decimal(15), numerator=Decimal(3), denominator=Decimal(20), cohort=Decimal(20)
    )

    def seen(code):
        reader = reader_for(Audience.BOARD, STANDARD_RULES)
        return shown_figures({code: [three_of_twenty]}, catalogue_by_code(), reader, 990001)[code][0]

    assert (seen("AB15").value, seen("AB15").status) == (None, ValueStatus.HIDDEN)
    assert seen("AB2").value == 15, "of all pupils it is shown"


def test_small_group_counted_in_sessions_is_hidden_outside_the_school():
    assert "If there are only 1 to 5 of them, choose “too few pupils”" in SEND.definition
    assert check_line(SEND, LineAsTyped(status=ValueStatus.TOO_FEW_PUPILS, reason="Three pupils")).may_submit


@pytest.fixture
def asked(trust, school, in_scope):
    """A return of the lines of absence, of all pupils and of those with SEND, as the trust chose."""
    with in_scope(trust):
        term = TermFactory(trust=trust)
        choose_indicator(
            trust_id=trust.pk, code="AB13", is_asked=True, from_date=term.starts_date, on=TODAY, at=AT,
            reason="The Board asked", by=UserFactory(),
        )  # fmt: skip
        chosen = [indicator.code for indicator in lines_asked_of(school, on=term.starts_date)]
        assert "AB13" in chosen
        return open_return(
            school=school, term=term, indicator_codes=[code for code in chosen if code in ("AB1", "AB13")]
        )


def test_indicator_set_lists_groups_and_asks_for_none_by_default(trust, in_scope):
    with in_scope(trust):
        rows = {row.indicator.code: row for row in set_rows(trust, on=TODAY)}

    assert (rows["AB1"].is_asked, rows["AB13"].is_asked) == (True, False)
    assert rows["AB1"].why == "Set in the catalogue"
    assert rows["AB13"].why == "A group of pupils, asked where you choose it"


def test_line_of_a_group_is_shown_below_the_line_of_all_pupils(client, as_role, trust, school, asked):
    as_role(Role.HEADTEACHER, trust, school)

    html = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, asked.term_id])).text

    whole, group = (
        html.index('<li class="sl-line" id="line-AB1"'),
        html.index('<li class="sl-line sl-line--group" id="line-AB13"'),
    )
    assert whole < group
    assert "special educational needs" in html


def test_accepted_figure_for_a_group_does_not_change_the_score(trust, school, in_scope, asked):
    head = UserFactory()
    entries = {
        "AB1": LineEntry(value=Decimal(4), numerator=Decimal(40), denominator=Decimal(1000)),
        "AB13": LineEntry(value=Decimal(9), numerator=Decimal(18), denominator=Decimal(200)),
    }
    with in_scope(trust):
        for line in asked.lines.order_by("pk"):
            save_line(line=line, entry=entries[line.indicator_id], version=0, by=head, at=AT)
        submit_return(termly_return=asked, by=head, at=AT)
        accept_return(termly_return=asked, by=UserFactory(), at=AT)
        rescore_school(
            trust_id=trust.pk, school=school, figures=known_figures([school.pk])[school.pk], on=timezone.localdate()
        )

        assert Observation.objects.count() == 2
        scores = dict(ScoreLine.objects.values_list("indicator_id", "value"))
        ratings = dict(ScoreLine.objects.values_list("indicator_id", "rating"))
    assert (scores["AB1"], scores["AB13"]) == (4, 9)
    assert ratings["AB13"] == "no_target"
