from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("returns", "0004_sanction_meaning")]
    operations = [protect("returns_sanctionmeaning", by_school=True)]
