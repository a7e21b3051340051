from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0017_files"), ("trusts", "0002_protect")]
    operations = [protect("kpis_receivedfile", by_school=True), protect("kpis_columnmapping", by_school=True)]
