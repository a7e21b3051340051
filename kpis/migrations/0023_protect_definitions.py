from django.db import migrations

from trusts.protection import protect

# The question that a line asked stays the one it asked, whatever becomes of the catalogue.
SAME_QUESTION = """
CREATE FUNCTION keep_definition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line keeps the definition that it was opened with' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_definition BEFORE UPDATE ON kpis_returnline
    FOR EACH ROW WHEN (OLD.definition_id IS DISTINCT FROM NEW.definition_id) EXECUTE FUNCTION keep_definition();
"""
BEFORE = "DROP TRIGGER keep_definition ON kpis_returnline; DROP FUNCTION keep_definition();"


class Migration(migrations.Migration):
    dependencies = [("kpis", "0022_definitions"), ("trusts", "0002_protect")]
    operations = [
        # Every school's return is asked by them.
        protect("kpis_definition", append_only=True),
        protect("kpis_ownversion", append_only=True),
        migrations.RunSQL(SAME_QUESTION, BEFORE),
    ]
