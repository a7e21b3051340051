from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("kpis_term"),
        protect("kpis_target", by_school=True),
        protect("kpis_return", by_school=True),
        protect("kpis_returnline", by_school=True),
        protect("kpis_returndecision", by_school=True, append_only=True),
        protect("kpis_observation", by_school=True),
        protect("kpis_scoreline", by_school=True),
        # The accepted headlines and the trust's own figures: every role in the trust may compare.
        protect("kpis_headline"),
        protect("kpis_trustfigure"),
        protect("kpis_recomputation"),
    ]
