from django.db import migrations

from trusts.protection import protect

# Of a line that the trust has, only the state changes. The whole row is compared, so that a new column is held too.
SETTLED_LINES = """
CREATE FUNCTION keep_settled_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('submitted', 'accepted')
        AND to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
    THEN
        RAISE EXCEPTION 'a submitted or accepted line says what it said' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_settled BEFORE UPDATE ON returns_returnline
    FOR EACH ROW EXECUTE FUNCTION keep_settled_line();
"""
# The question that a line asked stays the one it asked, whatever becomes of the catalogue.
SAME_QUESTION = """
CREATE FUNCTION keep_definition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line keeps the definition that it was opened with' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_definition BEFORE UPDATE ON returns_returnline
    FOR EACH ROW WHEN (OLD.definition_id IS DISTINCT FROM NEW.definition_id) EXECUTE FUNCTION keep_definition();
"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("returns_return", by_school=True),
        protect("returns_returnline", by_school=True),
        protect("returns_returndecision", by_school=True, append_only=True),
        protect("returns_linedecision", by_school=True, append_only=True),
        protect("returns_linechange", by_school=True, append_only=True),
        protect("returns_lineassignment", by_school=True),
        protect("returns_contributorarea"),
        protect("returns_allowance", by_school=True, append_only=True),
        protect("returns_decisionletter", by_school=True, append_only=True),
        protect("returns_figureproposal", by_school=True),
        protect("returns_receivedfile", by_school=True),
        protect("returns_columnmapping", by_school=True),
        migrations.RunSQL(
            SETTLED_LINES, "DROP TRIGGER keep_settled ON returns_returnline; DROP FUNCTION keep_settled_line();"
        ),
        migrations.RunSQL(
            SAME_QUESTION, "DROP TRIGGER keep_definition ON returns_returnline; DROP FUNCTION keep_definition();"
        ),
    ]
