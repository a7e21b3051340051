from django.db import migrations

from trusts.protection import protect

# Earlier versions of an accepted figure are kept, whoever writes: the application, a command or the shell.
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
        follows_on, status, source, comment, what, why, what_next, reason, accepted_by_id, accepted_at)
    VALUES (OLD.trust_id, OLD.school_id, OLD.id, OLD.version, OLD.value, OLD.numerator, OLD.denominator,
        OLD.follows_on, OLD.status, OLD.source, OLD.comment, OLD.what, OLD.why, OLD.what_next, OLD.reason,
        OLD.accepted_by_id, OLD.accepted_at);
    RETURN NEW;
END $$;
CREATE TRIGGER keep_accepted BEFORE UPDATE OR DELETE ON kpis_observation
    FOR EACH ROW EXECUTE FUNCTION keep_accepted_figure();
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial"), ("trusts", "0002_protect")]
    operations = [
        protect("kpis_target", by_school=True),
        protect("kpis_observation", by_school=True),
        protect("kpis_earlierversion", by_school=True, append_only=True),
        protect("kpis_scoreline", by_school=True),
        # The accepted headlines and the trust's own figures: every role in the trust may compare.
        protect("kpis_headline"),
        protect("kpis_trustfigure"),
        protect("kpis_recomputation"),
        protect("kpis_similarschools", by_school=True),
        protect("kpis_indicatorchoice", append_only=True),
        protect("kpis_schoolchoice", by_school=True, append_only=True),
        protect("kpis_targetproposal", by_school=True),
        # Every school's return is asked by them.
        protect("kpis_definition", append_only=True),
        protect("kpis_ownversion", append_only=True),
        migrations.RunSQL(
            ACCEPTED_FIGURES,
            "DROP TRIGGER keep_accepted ON kpis_observation; DROP FUNCTION keep_accepted_figure();",
        ),
    ]
