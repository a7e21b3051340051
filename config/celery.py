import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Finds the work that a lost message or a killed worker left undone.
    "catch up": {"task": "trajectories.tasks.catch_up", "schedule": 30.0, "options": {"expires": 30}},
    "send waiting invitations": {
        "task": "trusts.tasks.send_waiting_invitations",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "send waiting notices about roles": {
        "task": "trusts.tasks.send_waiting_role_notices",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    # What depends on published files is recalculated soon after an import. Similar schools are also found every night,
    # because links between schools change too.
    "follow imports": {"task": "kpis.tasks.follow_imports", "schedule": 120.0, "options": {"expires": 120}},
    "recompute after imports": {
        "task": "trajectories.tasks.follow_imports",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "similar schools": {
        "task": "kpis.tasks.find_similar",
        "schedule": crontab(hour="3", minute="30"),
        "options": {"queue": "nightly"},
    },
    "send waiting decisions": {
        "task": "returns.tasks.send_waiting_decisions",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    # The rules decide whether it is time. It runs often, so that reminders go out soon after a server was down.
    "send reminders": {"task": "dashboards.tasks.send_reminders", "schedule": 600.0, "options": {"expires": 600}},
    "forget old forms": {"task": "trusts.tasks.forget_old_forms", "schedule": 3600.0, "options": {"expires": 3600}},
    "nightly": {
        "task": "trajectories.tasks.nightly",
        "schedule": crontab(hour="2", minute="30"),
        "options": {"queue": "nightly"},
    },
}
