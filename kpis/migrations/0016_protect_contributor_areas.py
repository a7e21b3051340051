from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0015_contributor_areas"), ("trusts", "0002_protect")]
    # Every school opens its returns by it.
    operations = [protect("kpis_contributorarea")]
