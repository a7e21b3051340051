import django.db.models.deletion
from django.db import migrations, models

# The register says when a school joined its new trust. Otherwise it left on the day of the change. A school that is back
# in its trust on the same day never left: the change was a mistake.
RECORD_DEPARTURES = """
CREATE FUNCTION record_departure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
BEGIN
    DELETE FROM schools_departure
        WHERE school_id = NEW.urn AND trust_id = NEW.trust_id AND left_date = today;
    IF OLD.trust_id IS NOT NULL THEN
        INSERT INTO schools_departure (school_id, trust_id, left_date)
        VALUES (NEW.urn, OLD.trust_id,
            CASE WHEN NEW.trust_id IS NOT NULL AND NEW.joined_date IS DISTINCT FROM OLD.joined_date
                AND NEW.joined_date < today THEN NEW.joined_date ELSE today END);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER departure AFTER UPDATE OF trust_id ON schools_school
    FOR EACH ROW WHEN (OLD.trust_id IS DISTINCT FROM NEW.trust_id) EXECUTE FUNCTION record_departure();
"""
UNDO = "DROP TRIGGER departure ON schools_school; DROP FUNCTION record_departure();"


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0002_protect'),
        ('trusts', '0006_confirm_privileged_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('left_date', models.DateField()),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departures', to='schools.school')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departures', to='trusts.trust')),
            ],
        ),
        migrations.RunSQL(RECORD_DEPARTURES, reverse_sql=UNDO),
    ]
