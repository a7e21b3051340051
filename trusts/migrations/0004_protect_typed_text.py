from django.db import migrations

from trusts.protection import protect_own


class Migration(migrations.Migration):
    dependencies = [("trusts", "0003_keep_typed_text")]
    operations = [
        protect_own("trusts_formpress"),
        protect_own("trusts_kepttext"),
    ]
