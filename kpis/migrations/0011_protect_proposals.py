from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0010_proposals"), ("trusts", "0002_protect")]
    operations = [protect("kpis_proposal", by_school=True)]
