import django.db.models.deletion
from django.db import migrations, models

# Each row of a school's figures was looked up among all the school's rows: with an index on the school alone beside
# the unique one, the planner chose the former. Now the unique one begins with the school and is the only one.
# Not AlterField in the database: that makes the foreign key anew, and checking it reads a protected table.
DROPPED = {"observation": "kpis_observation_school_id_f7e4fac1", "scoreline": "kpis_scoreline_school_id_1a0ef52a"}


def school_without_index(model):
    school = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
    )
    name = DROPPED[model]
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(f"DROP INDEX {name}", f"CREATE INDEX {name} ON kpis_{model} (school_id)")
        ],
        state_operations=[migrations.AlterField(model_name=model, name="school", field=school)],
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0006_published_by_its_key"), ("schools", "0004_links_both_ways")]
    operations = [
        migrations.RemoveConstraint(model_name="observation", name="one_observation"),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                fields=("school", "indicator", "school_year", "season", "pupil_group", "trust"),
                name="one_observation",
            ),
        ),
        migrations.RemoveConstraint(model_name="scoreline", name="one_score_line"),
        migrations.AddConstraint(
            model_name="scoreline",
            constraint=models.UniqueConstraint(fields=("school", "indicator", "trust"), name="one_score_line"),
        ),
        school_without_index("observation"),
        school_without_index("scoreline"),
    ]
