from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0020_reminders"), ("trusts", "0002_protect")]
    operations = [
        protect("kpis_reminder", by_school=True, append_only=True),
        # A head sees whether a second head of the school is reminded; whose turn it is says nothing of a school.
        protect("kpis_reminderpace"),
        protect("kpis_reminderturn"),
    ]
