"""Create objects for tests. Everything is invented, and the names say so."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from kpis.catalogue import catalogue_by_code
from kpis.models import IndicatorCode, Observation, Target
from kpis.queries.small_numbers import kept_counts
from kpis.rules.privacy import small_counts
from kpis.rules.score import Figure
from meetings.models import Panel
from published.models import ImportedFile, PublishedResult, PublishedSeries
from returns.models import Return, ReturnLine
from schools.models import School, Season, Term
from schools.rules.terms import Period
from trusts.models import TIME_LIMITED_ROLES, Membership, Role, Trust, User

A_MONTH = timedelta(days=30)
NOON = datetime(2025, 11, 3, 12, 0, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Invented Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")


class TrustFactory(DjangoModelFactory):
    class Meta:
        model = Trust

    uid = factory.Sequence(lambda n: 990101 + n)
    name = factory.Sequence(lambda n: f"Invented Trust {n}")
    is_tenant = True
    is_fictional = True


class SchoolFactory(DjangoModelFactory):
    class Meta:
        model = School

    urn = factory.Sequence(lambda n: 991001 + n)
    name = factory.Sequence(lambda n: f"Invented School {n}")
    phase = School.Phase.SECONDARY
    school_type = "Academy converter"
    trust = factory.SubFactory(TrustFactory)
    is_fictional = True


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    trust = factory.SubFactory(TrustFactory)
    role = Role.BOARD_MEMBER
    # A role for a limited time is in its first month; others have been running for years.
    starts_date = factory.LazyAttribute(
        lambda made: timezone.localdate() - A_MONTH if made.role in TIME_LIMITED_ROLES else date(2020, 9, 1)
    )
    ends_date = factory.LazyAttribute(
        lambda made: timezone.localdate() + A_MONTH if made.role in TIME_LIMITED_ROLES else None
    )


class IndicatorFactory(DjangoModelFactory):
    class Meta:
        model = IndicatorCode
        django_get_or_create = ["code"]

    code = "AB1"
    title = "Overall absence"
    area = "attendance"


class ImportedFileFactory(DjangoModelFactory):
    class Meta:
        model = ImportedFile
        django_get_or_create = ["sha256"]

    sha256 = "0" * 64
    name = "invented.csv"
    layout = "ks4"
    school_year = 2019
    summary = {}
    imported_at = NOON


class PublishedSeriesFactory(DjangoModelFactory):
    class Meta:
        model = PublishedSeries
        django_get_or_create = ["measure", "school_year", "release", "pupil_group"]

    measure = "ATT8SCR"
    school_year = 2019
    release = "final"
    pupil_group = "all"


class PublishedResultFactory(DjangoModelFactory):
    class Meta:
        model = PublishedResult

    urn = 990001
    series = factory.SubFactory(PublishedSeriesFactory)
    value = 45.0
    status = "value"
    file = factory.SubFactory(ImportedFileFactory)


class TermFactory(DjangoModelFactory):
    class Meta:
        model = Term

    trust = factory.SubFactory(TrustFactory)
    school_year = 2026
    season = Season.AUTUMN
    starts_date = date(2025, 9, 1)
    ends_date = date(2025, 12, 19)
    due_date = date(2025, 12, 12)


class ReturnFactory(DjangoModelFactory):
    class Meta:
        model = Return

    school = factory.SubFactory(SchoolFactory)
    trust = factory.SelfAttribute("school.trust")
    term = factory.SubFactory(TermFactory, trust=factory.SelfAttribute("..trust"))


class ReturnLineFactory(DjangoModelFactory):
    class Meta:
        model = ReturnLine

    termly_return = factory.SubFactory(ReturnFactory)
    trust = factory.SelfAttribute("termly_return.trust")
    school = factory.SelfAttribute("termly_return.school")
    indicator = factory.SubFactory(IndicatorFactory)


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = Target

    school = factory.SubFactory(SchoolFactory)
    trust = factory.SelfAttribute("school.trust")
    indicator = factory.SubFactory(IndicatorFactory)
    school_year = 2026
    value = 5
    tolerance = 1
    provenance = "set by the Board, 14 October 2025"


class ObservationFactory(DjangoModelFactory):
    class Meta:
        model = Observation

    school = factory.SubFactory(SchoolFactory)
    trust = factory.SelfAttribute("school.trust")
    indicator = factory.SubFactory(IndicatorFactory)
    school_year = 2026
    season = Season.AUTUMN
    value = 6
    status = "value"
    source = "return"
    accepted_at = NOON


class PanelFactory(DjangoModelFactory):
    class Meta:
        model = Panel

    trust = factory.SubFactory(TrustFactory)
    title = "Trust Executive Panel, autumn 2"
    held_date = date(2025, 11, 20)
    school_year = 2026
    half_term = 2


def given_away(code: str, *, then: dict[str, Any] | None = None, **now: Any) -> dict[str, Any]:
    """Return what a score line's figure and the one a year earlier give away, as a recomputation stores it."""
    figures = [
        Figure(period=Period(year), **{name: number and Decimal(str(number)) for name, number in counts.items()})
        for year, counts in ((2026, now), (2025, then))
        if counts is not None
    ]
    found = small_counts({code: figures}, catalogue_by_code())
    return kept_counts(found.get((code, Period(2026))), found.get((code, Period(2025))))
