from django.db import migrations

from trusts.protection import protect

# Lines of before take the state that their return was in. A migration has no scope and no actor, so the table's rules
# and its audit are off while it writes; the audit trail holds what people did.
LINE_STATES = """
ALTER TABLE kpis_return NO FORCE ROW LEVEL SECURITY;
ALTER TABLE kpis_returnline NO FORCE ROW LEVEL SECURITY;
ALTER TABLE kpis_returnline DISABLE TRIGGER audit;
UPDATE kpis_returnline line SET state = of.state FROM kpis_return of
WHERE of.id = line.termly_return_id AND of.state IN ('submitted', 'accepted');
ALTER TABLE kpis_returnline ENABLE TRIGGER audit;
ALTER TABLE kpis_returnline FORCE ROW LEVEL SECURITY;
ALTER TABLE kpis_return FORCE ROW LEVEL SECURITY;
"""

ACCEPTED_FIGURES = """
CREATE FUNCTION keep_accepted_figure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an accepted figure is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF (NEW.trust_id, NEW.school_id, NEW.indicator_id, NEW.school_year, NEW.season, NEW.pupil_group)
        IS DISTINCT FROM (OLD.trust_id, OLD.school_id, OLD.indicator_id, OLD.school_year, OLD.season, OLD.pupil_group)
    THEN
        RAISE EXCEPTION 'an accepted figure stays where it is' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'an accepted figure changes only as a new version' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO kpis_earlierversion (trust_id, school_id, observation_id, version, value, numerator, denominator,
        status, source, comment, reason, accepted_by_id, accepted_at)
    VALUES (OLD.trust_id, OLD.school_id, OLD.id, OLD.version, OLD.value, OLD.numerator, OLD.denominator,
        OLD.status, OLD.source, OLD.comment, OLD.reason, OLD.accepted_by_id, OLD.accepted_at);
    RETURN NEW;
END $$;
CREATE TRIGGER keep_accepted BEFORE UPDATE OR DELETE ON kpis_observation
    FOR EACH ROW EXECUTE FUNCTION keep_accepted_figure();
"""

SETTLED_LINES = """
CREATE FUNCTION keep_settled_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('submitted', 'accepted') AND
        (NEW.value, NEW.numerator, NEW.denominator, NEW.missing_reason, NEW.comment, NEW.unread, NEW.version)
        IS DISTINCT FROM
        (OLD.value, OLD.numerator, OLD.denominator, OLD.missing_reason, OLD.comment, OLD.unread, OLD.version)
    THEN
        RAISE EXCEPTION 'a submitted or accepted line says what it said' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_settled BEFORE UPDATE ON kpis_returnline
    FOR EACH ROW EXECUTE FUNCTION keep_settled_line();
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0006_moderation_by_line")]
    operations = [
        migrations.RunSQL(LINE_STATES, migrations.RunSQL.noop),
        protect("kpis_earlierversion", by_school=True, append_only=True),
        protect("kpis_linedecision", by_school=True, append_only=True),
        protect("kpis_linechange", by_school=True, append_only=True),
        protect("kpis_lineassignment", by_school=True),
        protect("kpis_allowance", by_school=True, append_only=True),
        protect("kpis_decisionletter", by_school=True, append_only=True),
        migrations.RunSQL(
            ACCEPTED_FIGURES,
            "DROP TRIGGER keep_accepted ON kpis_observation; DROP FUNCTION keep_accepted_figure();",
        ),
        migrations.RunSQL(
            SETTLED_LINES, "DROP TRIGGER keep_settled ON kpis_returnline; DROP FUNCTION keep_settled_line();"
        ),
    ]
