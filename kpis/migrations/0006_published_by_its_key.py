import django.db.models.deletion
from django.db import migrations, models

# Django does not change a primary key to a composite one itself.
TO_THE_KEY = """
ALTER TABLE kpis_publishedresult
    DROP CONSTRAINT one_published_result,
    DROP COLUMN id,
    ALTER COLUMN measure TYPE varchar(40) COLLATE "C",
    ALTER COLUMN release TYPE varchar(12) COLLATE "C",
    ALTER COLUMN pupil_group TYPE varchar(20) COLLATE "C",
    ADD PRIMARY KEY (urn, measure, school_year, release, pupil_group)
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_returnline_unread")]
    operations = [
        migrations.RemoveConstraint(model_name="nationalfigure", name="one_national_figure"),
        migrations.AddField(
            model_name="nationalfigure",
            name="pupil_group",
            field=models.CharField(default="all", max_length=20),
        ),
        migrations.AlterField(
            model_name="nationalfigure",
            name="geography",
            field=models.CharField(help_text="England, local authority 850 or trust 5690", max_length=40),
        ),
        migrations.AddConstraint(
            model_name="nationalfigure",
            constraint=models.UniqueConstraint(
                fields=("measure", "geography", "scope", "school_year", "release", "pupil_group"),
                name="one_national_figure",
            ),
        ),
        migrations.AlterField(
            model_name="publishedresult",
            name="file",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="kpis.importedfile",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_THE_KEY)],
            state_operations=[
                migrations.RemoveConstraint(model_name="publishedresult", name="one_published_result"),
                migrations.RemoveField(model_name="publishedresult", name="id"),
                migrations.AddField(
                    model_name="publishedresult",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "urn",
                        "measure",
                        "school_year",
                        "release",
                        "pupil_group",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                migrations.AlterField(
                    model_name="publishedresult",
                    name="measure",
                    field=models.CharField(
                        db_collation="C", help_text="The publisher's own code, like ATT8SCR.", max_length=40
                    ),
                ),
                migrations.AlterField(
                    model_name="publishedresult",
                    name="pupil_group",
                    field=models.CharField(db_collation="C", max_length=20),
                ),
                migrations.AlterField(
                    model_name="publishedresult",
                    name="release",
                    field=models.CharField(db_collation="C", max_length=12),
                ),
            ],
        ),
    ]
