from django.db import migrations

from trusts.protection import RECORD_AUDIT, protect, protect_audit, protect_memberships


class Migration(migrations.Migration):
    dependencies = [("trusts", "0001_initial")]
    operations = [
        migrations.RunSQL(RECORD_AUDIT, reverse_sql="DROP FUNCTION record_audit;"),
        protect_audit("trusts_auditentry"),
        protect_memberships("trusts_membership"),
        protect("trusts_invitation"),
    ]
