from django.db import migrations

from trusts.protection import protect


def names_a_school(table: str) -> migrations.RunSQL:
    """Make ``school_id`` of a table below this app a foreign key to the school, in the database only.

    NOT VALID: new rows are checked; a check of the old ones would read a protected table without a scope and fail.
    """
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_school FOREIGN KEY (school_id)"
        " REFERENCES schools_school (urn) DEFERRABLE INITIALLY DEFERRED NOT VALID;",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_school;",
    )


class Migration(migrations.Migration):
    dependencies = [("schools", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("schools_term"),
        names_a_school("trusts_membership"),
        names_a_school("trusts_invitation"),
    ]
