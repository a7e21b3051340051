from django.db import migrations

from trusts.protection import protect_memberships


# People read their own rows, because the permission check needs them before there is a scope.
class Migration(migrations.Migration):
    dependencies = [("trusts", "0007_name_deputies")]
    operations = [protect_memberships("trusts_decisiondeputy")]
