from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("trajectories", "0002_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("trajectories_placement", by_school=True),
        protect("trajectories_phaseproposal", by_school=True),
        protect("trajectories_capacitystatus", by_school=True),
        protect("trajectories_linejudgement", by_school=True, append_only=True),
    ]
