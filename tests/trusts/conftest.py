from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from config.celery import app
from tests.factories import UserFactory
from trusts import actions, tenancy
from trusts.models import Invitation, Role, Trust

PASSWORD = "five unrelated words here"


@pytest.fixture
def cache_of_production(settings) -> dict[str, Any]:
    return settings.CACHES["default"]


@pytest.fixture(autouse=True)
def cache_of_our_own(settings, cache_of_production):
    """Count sign-in attempts in this process, starting from zero."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def worker() -> Iterator[None]:
    """Run tasks in the process that sends them."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def make_invitation(trust: Trust) -> Callable[..., Invitation]:
    def make(**changes: Any) -> Invitation:
        about = {
            "trust": trust, "email": "new.head@example.org", "name": "Invented Headteacher", "role": Role.BOARD_MEMBER,
            "school_id": None, "ends_date": None, "at": timezone.now(), "by": None,
        }  # fmt: skip
        with tenancy.scope([trust.pk], actor="test"):
            return actions.invite(**(about | changes))

    return make


@pytest.fixture
def member(db: None):
    """A person with a password, who can use the real sign-in form."""
    return actions.make_person(email="member@example.org", name="Invented Member", password=PASSWORD)


@pytest.fixture
def colleague(trust: Trust):
    """Another person who manages people."""
    user = UserFactory()
    with tenancy.scope([trust.pk], actor="test"):
        actions.give_role(
            trust=trust, user=user, role=Role.TRUST_ADMINISTRATOR, starts_date=timezone.localdate() - timedelta(days=9)
        )
    return user
