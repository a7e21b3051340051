from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("trajectories", "0008_journey_decisions_and_reference"), ("trusts", "0002_protect")]
    operations = [
        protect("trajectories_journeydecision", by_school=True, append_only=True),
        protect("trajectories_trustreference", append_only=True),
    ]
