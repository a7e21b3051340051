from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("followup_reminder", by_school=True, append_only=True),
        # A head sees whether a second head of the school is reminded; whose turn it is says nothing of a school.
        protect("followup_reminderpace"),
        protect("followup_reminderturn"),
    ]
