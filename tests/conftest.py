import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from config.celery import app as celery_app
from kpis.actions.catalogue import sync_catalogue
from schools.models import School
from tests import kept_database
from tests.factories import MembershipFactory, SchoolFactory, TrustFactory, UserFactory
from tests.lock_order import LockWatch
from tests.page_text import PageTextClient
from trusts import tenancy
from trusts.models import Role, Trust, User

celery_app.set_default()  # As in manage.py and wsgi.py.

# No deadline: on a shared machine a slow example is not a wrong one.
settings.register_profile("sightline", deadline=None)
settings.load_profile("sightline")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published files next to the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the published files (../shared/data) are not next to this checkout")
    return SHARED_DATA


def program(name: str, commands: tuple[str, ...], package: str) -> str:
    """Return the path of a program that README.md does not ask for, or skip the test and say what to install."""
    found = next(filter(None, map(shutil.which, commands)), None)
    return found or pytest.skip(f"{name} is not installed (on Debian: apt-get install {package})")


@pytest.fixture(scope="session")
def libreoffice() -> str:
    return program("LibreOffice", ("soffice", "libreoffice"), "libreoffice-calc")


@pytest.fixture(scope="session")
def firefox() -> str:
    return program("Firefox", ("firefox-esr", "firefox"), "firefox-esr")


@pytest.fixture(scope="session")
def django_db_createdb(django_db_keepdb: bool, django_db_createdb: bool, django_db_modify_db_settings: None) -> bool:
    """Make the database that ``--reuse-db`` kept again if a migration or a model has changed since."""
    name = connection.creation._get_test_db_name()
    return django_db_createdb or (django_db_keepdb and not kept_database.is_of_today(name))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, django_db_blocker: DjangoDbBlocker) -> None:
    if django_db_keepdb:
        with django_db_blocker.unblock():
            kept_database.mark()


@pytest.fixture(autouse=True)
def lock_watch() -> Iterator[None]:
    """Fail a test whose transactions lock rows out of the product's order."""
    with connection.execute_wrapper(LockWatch()):
        yield


@pytest.fixture
def client() -> Client:
    """A client that reads pages as a person does, whatever lines their templates are broken into."""
    return PageTextClient()


@pytest.fixture
def catalogue(db: None) -> None:
    """Store every indicator of the catalogue."""
    sync_catalogue()


@pytest.fixture
def trust(catalogue: None) -> Trust:
    return TrustFactory(name="Invented Harbour Trust")


@pytest.fixture
def other_trust(db: None) -> Trust:
    return TrustFactory(name="Invented Moorland Trust")


@pytest.fixture
def school(trust: Trust) -> School:
    return SchoolFactory(trust=trust, name="Invented Quay School")


@pytest.fixture
def in_scope() -> Callable[..., AbstractContextManager[None]]:
    """Arrange and assert inside ``with in_scope(trust):``."""

    def enter(*trusts: Trust, actor: str = "test") -> AbstractContextManager[None]:
        return tenancy.scope([trust.pk for trust in trusts], actor=actor)

    return enter


@pytest.fixture
def as_role(client: Client) -> Callable[..., User]:
    """Sign in the test client as a person with one role; a school role needs its school."""

    def sign_in(role: Role, trust: Trust, school: School | None = None) -> User:
        user = UserFactory()
        with tenancy.scope([trust.pk], actor="test"):
            MembershipFactory(user=user, trust=trust, role=role, school_id=school and school.pk)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return user

    return sign_in
