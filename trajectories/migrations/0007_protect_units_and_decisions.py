from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("trajectories", "0006_units_and_decisions")]
    operations = [
        protect("trajectories_phasedecision", by_school=True, append_only=True),
        protect("trajectories_unit", by_school=True),
        protect("trajectories_unitjudgement", by_school=True, append_only=True),
        protect("trajectories_unitphase", by_school=True),
        protect("trajectories_areacapacity", by_school=True),
        protect("trajectories_dimensionrecord", by_school=True, append_only=True),
    ]
