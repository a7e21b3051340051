from django.db import migrations

# A role is given once, with its days, and can only end earlier. More time is a new row, with its own invitation.
END_ONLY_EARLIER = """
CREATE FUNCTION check_role_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
    longest integer := CASE NEW.role WHEN 'improvement_partner' THEN 365 WHEN 'external_reviewer' THEN 120 END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF longest IS NOT NULL AND (NEW.ends_date IS NULL OR NEW.ends_date > NEW.starts_date + longest) THEN
            RAISE EXCEPTION 'a role for a limited time has a last day within its limit' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF to_jsonb(NEW) - 'ends_date' <> to_jsonb(OLD) - 'ends_date' THEN
        RAISE EXCEPTION 'only the last day of a role changes' USING ERRCODE = 'check_violation';
    ELSIF OLD.ends_date < today THEN
        RAISE EXCEPTION 'a role that has ended never changes' USING ERRCODE = 'check_violation';
    ELSIF OLD.ends_date IS NOT NULL AND (NEW.ends_date IS NULL OR NEW.ends_date > OLD.ends_date) THEN
        RAISE EXCEPTION 'the last day of a role only becomes earlier' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER role_days BEFORE INSERT OR UPDATE ON trusts_membership
    FOR EACH ROW EXECUTE FUNCTION check_role_days();
"""
UNDO = "DROP TRIGGER role_days ON trusts_membership; DROP FUNCTION check_role_days;"


class Migration(migrations.Migration):
    dependencies = [("trusts", "0004_protect_typed_text")]
    operations = [migrations.RunSQL(END_ONLY_EARLIER, reverse_sql=UNDO)]
