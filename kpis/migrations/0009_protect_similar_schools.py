from django.db import migrations

from trusts.protection import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0008_similar_schools"), ("trusts", "0002_protect")]
    operations = [protect("kpis_similarschools", by_school=True)]
