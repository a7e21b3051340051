from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("trajectories", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("trajectories_placement", by_school=True),
        protect("trajectories_phaseproposal", by_school=True),
        protect("trajectories_capacitystatus", by_school=True),
        protect("trajectories_linejudgement", by_school=True, append_only=True),
        protect("trajectories_outlook", by_school=True),
        protect("trajectories_phasedecision", by_school=True, append_only=True),
        protect("trajectories_unit", by_school=True),
        protect("trajectories_unitjudgement", by_school=True, append_only=True),
        protect("trajectories_unitphase", by_school=True),
        protect("trajectories_areacapacity", by_school=True),
        protect("trajectories_dimensionrecord", by_school=True, append_only=True),
        protect("trajectories_journeydecision", by_school=True, append_only=True),
        protect("trajectories_trustreference", append_only=True),
    ]
