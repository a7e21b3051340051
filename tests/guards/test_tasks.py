"""List every Celery task with the reason why its scope is right."""

from config.celery import app

TASKS = {
    "kpis.tasks.find_similar": "no scope: reads the ids of tenants, one message per trust",
    "kpis.tasks.find_similar_of_trust": "one trust and all its schools: reads published figures",
    "kpis.tasks.follow_imports": "every tenant: reads ids only, one message per trust",
    "returns.tasks.send_decision": "one school of one trust: reads one decision, marks its email sent",
    "dashboards.tasks.send_reminders": "no scope: reads the ids of tenants, one message per trust",
    "dashboards.tasks.send_reminders_of_trust": "one trust and all its schools: reads tasks, records sent emails",
    "returns.tasks.send_waiting_decisions": "every tenant: reads ids only, one message per email",
    "trajectories.tasks.recompute_school": "one trust: the school is looked up in it",
    "trajectories.tasks.catch_up": "every tenant: reads ids only, one message per school",
    "trajectories.tasks.follow_imports": "no scope: reads the ids of tenants, one message per trust",
    "trajectories.tasks.follow_imports_of_trust": "one trust and all its schools",
    "trajectories.tasks.nightly": "no scope: reads the ids of tenants, one message per trust",
    "trajectories.tasks.nightly_trust": "one trust and all its schools",
    "trusts.tasks.forget_old_forms": "no trust: deletes rows of a day ago that it cannot read",
    "trusts.tasks.send_invitation": "one trust and no school: reads one invitation, marks it sent",
    "trusts.tasks.send_account_notice": "no scope: reads nothing",
    "trusts.tasks.send_password_reset": "no scope: reads one account by its id, and no trust's rows",
    "trusts.tasks.send_role_notices": "one trust and no school: reads notices about roles, marks them sent",
    "trusts.tasks.send_waiting_role_notices": "every tenant and no school: reads ids only, one message per trust",
    "trusts.tasks.send_waiting_invitations": "every tenant and no school: reads ids only, one message per invitation",
}


def our_tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_task_is_listed_and_no_entry_is_stale():
    assert our_tasks() == set(TASKS)


def test_schedule_names_existing_tasks():
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= our_tasks()
