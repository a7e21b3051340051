"""Fixtures: a school's return, its pages and its lines."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from returns.actions.returns import LineEntry, open_return, save_line
from returns.models import ReturnLine
from tests.factories import TermFactory, UserFactory
from tests.returns.return_files import CODES
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)


@pytest.fixture
def term(trust, in_scope):
    with in_scope(trust):
        return TermFactory(trust=trust)


@pytest.fixture
def page(trust, school, term):
    """Return a function that gives the URLs of a return: page("return_detail")."""

    def address(name, *more):
        return reverse(f"returns:{name}", args=[trust.pk, school.pk, term.pk, *more])

    return address


@pytest.fixture
def codes():
    """Return the codes of the return's lines. A module can override them."""
    return CODES


@pytest.fixture
def termly_return(trust, school, term, codes, in_scope):
    """Return a return that nobody has started."""
    with in_scope(trust):
        return open_return(school=school, term=term, indicator_codes=codes)


@pytest.fixture
def head(as_role, trust, school):
    return as_role(Role.HEADTEACHER, trust, school)


@pytest.fixture
def line(trust, termly_return, in_scope):
    """Return a function that reads a stored line: line("AB1")."""

    def stored(code):
        with in_scope(trust):
            return ReturnLine.objects.get(termly_return=termly_return, indicator_id=code)

    return stored


@pytest.fixture
def save(trust, in_scope, line):
    """Return a function that saves a line as another person: save("AB1", value=...)."""

    def saved(code, *, by=None, **entry):
        now = line(code)
        with in_scope(trust):
            return save_line(line=now, entry=LineEntry(**entry), version=now.version, by=by or UserFactory(), at=AT)

    return saved
