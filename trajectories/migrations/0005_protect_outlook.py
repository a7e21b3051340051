from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("trajectories", "0004_outlook")]
    operations = [protect("trajectories_outlook", by_school=True)]
