"""Test that a return keeps its definitions when the catalogue changes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from kpis import catalogue
from kpis.actions.definitions import keep_definitions
from kpis.catalogue import FigureLimits, as_kept, catalogue_by_code, catalogue_indicators, fingerprint, from_kept
from kpis.models import Definition
from returns.actions.returns import open_return
from returns.models import ReturnLine
from returns.queries.return_reading import return_page
from tests.factories import SchoolFactory
from trusts.models import Role


@pytest.fixture
def opened(trust, school, term, in_scope):
    with in_scope(trust):
        return open_return(school=school, term=term, indicator_codes=["AB1", "HS2"])


@pytest.fixture
def reworded(monkeypatch):
    """Return a function that makes the catalogue say something else of one code, or leave it out."""

    def change(code, **changes):
        after = {indicator.code: indicator for indicator in catalogue_indicators()}
        changed = replace(after.pop(code), **changes)
        if changes:
            after[code] = changed
        # Everything asks catalogue_by_code() for today's words; what was kept must not depend on it.
        monkeypatch.setattr(catalogue, "catalogue_by_code", lambda: after)
        monkeypatch.setattr("kpis.queries.catalogue.catalogue_by_code", lambda: after)

    return change


def test_every_stored_definition_reads_back_the_same():
    for indicator in catalogue_indicators():
        assert from_kept(as_kept(indicator)) == indicator


def test_stored_definition_without_a_new_key_and_with_an_unknown_key_is_read():
    kept = as_kept(catalogue_by_code()["AB1"])
    del kept["pupil_group"]

    assert from_kept({**kept, "colour": "blue"}) == catalogue_by_code()["AB1"]


def test_any_change_to_a_definition_changes_its_fingerprint():
    absence = catalogue_by_code()["AB1"]

    assert fingerprint(replace(absence)) == fingerprint(absence)
    assert fingerprint(replace(absence, limits=FigureLimits(minimum=Decimal(0), maximum=None))) != fingerprint(absence)


def test_definition_is_stored_once_for_all_schools(trust, school, term, opened, in_scope):
    with in_scope(trust):
        open_return(school=SchoolFactory(trust=trust), term=term, indicator_codes=["AB1"])

        assert Definition.objects.filter(indicator="AB1").count() == 1
        assert ReturnLine.objects.filter(definition__indicator="AB1").count() == 2


def test_open_return_keeps_its_definitions_and_the_next_return_uses_the_new_definitions(
    client, as_role, trust, school, term, opened, in_scope, reworded
):
    as_role(Role.HEADTEACHER, trust, school)
    before = catalogue_by_code()["AB1"]
    reworded("AB1", title="Absence, newly counted", definition="Counted in minutes.")
    with in_scope(trust):
        other = SchoolFactory(trust=trust)
        open_return(school=other, term=term, indicator_codes=["AB1"])

        assert return_page(school, term).row("AB1").indicator == before
        assert return_page(other, term).row("AB1").indicator.title == "Absence, newly counted"
    page = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])).text
    history = client.get(reverse("returns:line_history", args=[trust.pk, school.pk, term.pk, "AB1"])).text
    assert before.title in page
    assert before.title in history
    assert "newly counted" not in page + history


def test_line_is_kept_when_its_indicator_leaves_the_catalogue(trust, school, term, opened, in_scope, reworded):
    reworded("HS2")
    with in_scope(trust):
        row = return_page(school, term).row("HS2")

    assert row.indicator.title == "Reportable accidents"


def test_line_without_a_definition_uses_the_catalogue(trust, school, opened, in_scope):
    with in_scope(trust):
        assert ReturnLine(indicator_id="AB1", termly_return=opened).asked == catalogue_by_code()["AB1"]
        assert ReturnLine(indicator_id="GONE1", termly_return=opened).asked is None


def test_database_refuses_to_change_a_definition_or_the_definition_of_a_line(trust, school, opened, in_scope):
    with in_scope(trust):
        line = opened.lines.get(indicator="AB1")
        other = keep_definitions(
            trust_id=trust.pk, indicators=[replace(catalogue_by_code()["AB1"], title="Another question")]
        )["AB1"]
        with pytest.raises(DatabaseError, match="keeps the definition"), transaction.atomic():
            ReturnLine.objects.filter(pk=line.pk).update(definition=other)
        assert Definition.objects.filter(pk=other.pk).update(content={}) == 0
        assert Definition.objects.filter(pk=other.pk).delete()[0] == 0


def test_return_page_needs_no_extra_query_for_definitions(
    trust, school, term, opened, in_scope, django_assert_num_queries
):
    with in_scope(trust), django_assert_num_queries(5):
        assert {row.code for row in return_page(school, term).rows} == {"AB1", "HS2"}
