"""A pytest plugin: the test database is made once for all changed programs.

Looking at its migrations takes seconds, which each of hundreds of changed programs would spend again.
"""

import pytest
from django.db import connection
from django.test.utils import setup_databases
from pytest_django.plugin import DjangoDbBlocker

made: list[str] = []  # The name of the database, in the first process and in those that begin as its copies.


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        if not made:
            setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
            made.append(str(connection.settings_dict["NAME"]))
        connection.close()
