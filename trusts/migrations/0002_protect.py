from django.db import migrations

from trusts.protection import RECORD_AUDIT, protect, protect_audit, protect_memberships


# Every table is made, with its foreign keys, before the first is protected: a foreign key to a protected table is
# checked without a scope, which raises. Later migrations: see "Add a table" in DEVELOPING.md.
APPS = ("trusts", "schools", "followup", "published", "kpis", "trajectories", "returns", "meetings")


class Migration(migrations.Migration):
    dependencies = [(app, "0001_initial") for app in APPS]
    operations = [
        migrations.RunSQL(RECORD_AUDIT, reverse_sql="DROP FUNCTION record_audit;"),
        protect_audit("trusts_auditentry"),
        protect_memberships("trusts_membership"),
        protect("trusts_invitation"),
    ]
