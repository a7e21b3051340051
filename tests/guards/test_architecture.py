"""Check the rules of the architecture that a test can check."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from tests.untested import WRITES
from trusts.checks import database_role_obeys_policies
from trusts.models import TenantModel

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "trusts",
    "schools",
    "followup",
    "published",
    "kpis",
    "trajectories",
    "returns",
    "meetings",
    "dashboards",
    "demonstration",
]  # lowest first
# Tables that do not belong to a trust, each with its reason. Every other table is a TenantModel.
NOT_A_TRUSTS_OWN = {
    "trusts_trust": "the public register",
    "trusts_user": "people can belong to several trusts, and only memberships say what they may see",
    "trusts_auditentry": "has its own policies: read and append in scope, never change",
    "trusts_kepttext": "one person's own, in every trust",
    "trusts_formpress": "one person's own, in every trust",
    "schools_school": "the public register",
    "schools_schoollink": "the public register",
    "schools_departure": "the public register: when a school left a trust",
    "kpis_indicatorcode": "the catalogue",
    "published_importedfile": "published data",
    "published_publishedresult": "published data",
    "published_publishedseries": "published data",
    "published_schoollist": "published data",
    "published_nationalfigure": "published data",
    "published_inspection": "published data",
    "trajectories_calculatedtables": "national tables, calculated from published data",
}
MAY_WRITE = {
    "trusts/models.py": "UserManager.create_user, which allauth also calls",
    "trusts/form_posts.py": "the gate records a form in the view's transaction, and is below the actions",
}


def our_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def test_database_role_obeys_row_level_security(db):
    assert database_role_obeys_policies(databases=["default"]) == []


def test_every_table_belongs_to_a_trust_or_is_listed_with_a_reason():
    tenant = {model._meta.db_table for model in our_models() if issubclass(model, TenantModel)}
    everything = {model._meta.db_table for model in our_models()}

    assert everything - tenant == set(NOT_A_TRUSTS_OWN)


def test_table_with_a_trust_column_is_a_tenant_model():
    with_trust = {
        model for model in our_models() if any(field.attname == "trust_id" for field in model._meta.concrete_fields)
    }

    public = {"schools_school", "schools_departure", "trusts_auditentry"}
    assert {model for model in with_trust if not issubclass(model, TenantModel)} == {
        model for model in our_models() if model._meta.db_table in public
    }


@pytest.mark.parametrize("model", [m for m in our_models() if issubclass(m, TenantModel)], ids=lambda m: m.__name__)
def test_tenant_table_is_protected_and_audited(db, model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == (True, True), f"{table}: call protect() in a migration"
        cursor.execute("SELECT coalesce(qual, with_check) FROM pg_policies WHERE tablename = %s", [table])
        policies = [row[0] for row in cursor.fetchall()]
        assert policies, f"{table} has no policy"
        assert all("app.trust_ids" in policy for policy in policies), f"{table}: a policy does not check the trust"
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'audit' AND tgrelid = %s::regclass", [table])
        assert cursor.fetchone() == (1,), f"{table} is not audited"


def test_table_with_a_school_is_limited_by_school_or_listed(db):
    shared_in_trust = {
        "kpis_headline": "the headline comparison, which every headteacher may see",
        "kpis_recomputation": "bookkeeping, read by the sweep",
        "trusts_membership": "read by the permission check, before there is a scope",
        "trusts_invitation": "managed for the whole trust",
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, string_agg(coalesce(qual, with_check), ' ') FROM pg_policies GROUP BY 1")
        policies = dict(cursor.fetchall())

    wide = {
        model._meta.db_table
        for model in our_models()
        if issubclass(model, TenantModel)
        and any(field.attname == "school_id" for field in model._meta.concrete_fields)
        and "app.school_ids" not in policies[model._meta.db_table]
    }

    assert wide == set(shared_in_trust)


def test_foreign_keys_point_down():
    order = {app: level for level, app in enumerate(APPS)}
    upward = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.related_model._meta.app_label in order
        and order[field.related_model._meta.app_label] > order[model._meta.app_label]
    ]

    assert upward == []


def written_outside_actions() -> list[str]:
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if "/migrations/" in place or place.split("/")[1] in ("actions", "actions.py") or place in MAY_WRITE:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                    found.append(f"{place}:{node.lineno} .{node.func.attr}()")
    return found


def test_only_actions_write():
    assert written_outside_actions() == []


def test_lists_have_no_stale_entries():
    tables = {model._meta.db_table for model in our_models()}

    assert set(NOT_A_TRUSTS_OWN) <= tables
    assert all((ROOT / place).exists() for place in MAY_WRITE)


def test_the_settings_stay_short_enough_to_read():
    lines = len((ROOT / "config" / "settings.py").read_text().splitlines())

    assert lines <= 250, "move what belongs together into a module of its own, as config/sign_in.py"


# Where the clock may be read: where a request, a message or a command arrives. Everything else gets the time passed in.
READS_THE_CLOCK = ("views", "api", "tasks", "management", "embedded")
THE_GATE = "trusts/permissions.py"
CLOCKS = {"now", "today", "utcnow"}


def clocks_read() -> list[str]:
    found = []
    for app in [*APPS, "tables", "config"]:
        for path in sorted((ROOT / app).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if path.with_suffix("").parts[len(ROOT.parts) + 1] in READS_THE_CLOCK or place == THE_GATE:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                name, given = node.func.attr, [*node.args, *node.keywords]
                if name in CLOCKS or (name in ("localdate", "localtime") and not given):
                    found.append(f"{place}:{node.lineno} .{name}()")
    return found


def test_the_clock_is_read_only_where_a_request_a_message_or_a_command_arrives():
    assert clocks_read() == []


def test_the_fronts_of_packages_of_forms_and_views_have_no_code():
    fronts = [path for layer in ("forms", "views") for path in ROOT.glob(f"*/{layer}/__init__.py")]

    assert fronts
    assert [str(path) for path in fronts if path.read_text().strip()] == []
