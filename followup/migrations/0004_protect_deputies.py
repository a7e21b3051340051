from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("followup", "0003_name_deputies")]
    operations = [protect("followup_cover", by_school=True)]
