from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0013_setting_up"), ("trusts", "0002_protect")]
    operations = [
        # Every school's return is made by it.
        protect("kpis_indicatorchoice", append_only=True),
        protect("kpis_schoolchoice", by_school=True, append_only=True),
        protect("kpis_targetproposal", by_school=True),
    ]
