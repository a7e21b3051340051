from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("meetings", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("meetings_panel"),
        protect("meetings_panelnote", by_school=True),
        protect("meetings_panelreport", append_only=True),
    ]
