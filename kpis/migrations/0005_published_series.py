import django.db.models.deletion
from django.db import migrations, models

# Django does not change a composite primary key itself.
TO_SERIES = """
INSERT INTO kpis_publishedseries (measure, school_year, release, pupil_group)
SELECT DISTINCT measure, school_year, release, pupil_group FROM kpis_publishedresult;

CREATE TABLE narrow (
    urn integer NOT NULL CHECK (urn >= 0),
    series_id integer NOT NULL,
    value double precision,
    lower double precision,
    upper double precision,
    cohort double precision,
    file_id bigint NOT NULL,
    status varchar(20) NOT NULL,
    CONSTRAINT published_value_or_code CHECK (
        (status = 'value' AND value IS NOT NULL) OR (NOT (status = 'value') AND value IS NULL)
    )
);
INSERT INTO narrow
SELECT urn, series.id, value, lower, upper, cohort, file_id, status
FROM kpis_publishedresult JOIN kpis_publishedseries series USING (measure, school_year, release, pupil_group)
ORDER BY urn;
DROP TABLE kpis_publishedresult;
ALTER TABLE narrow RENAME TO kpis_publishedresult;
ALTER TABLE kpis_publishedresult ADD PRIMARY KEY (urn, series_id);
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0004_protect")]
    operations = [
        migrations.CreateModel(
            name="PublishedSeries",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("measure", models.CharField(help_text="The publisher's own code, like ATT8SCR.", max_length=40)),
                ("school_year", models.PositiveSmallIntegerField(help_text="The year the school year ends in.")),
                ("release", models.CharField(max_length=12)),
                ("pupil_group", models.CharField(max_length=20)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("measure", "school_year", "release", "pupil_group"), name="one_published_series"
                    )
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_SERIES)],
            state_operations=[
                migrations.DeleteModel(name="PublishedResult"),
                migrations.CreateModel(
                    name="PublishedResult",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "urn", "series_id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("urn", models.PositiveIntegerField()),
                        (
                            "value",
                            models.FloatField(
                                help_text="In the measure's unit; empty unless status is 'value'.", null=True
                            ),
                        ),
                        ("lower", models.FloatField(help_text="Published 95% confidence limit.", null=True)),
                        ("upper", models.FloatField(help_text="Published 95% confidence limit.", null=True)),
                        ("cohort", models.FloatField(help_text="Pupils the figure is about.", null=True)),
                        ("status", models.CharField(help_text="kpis.dfe.statuses.ValueStatus", max_length=20)),
                        (
                            "file",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="kpis.importedfile",
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="kpis.publishedseries",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "value"), ("value__isnull", False)),
                                    models.Q(models.Q(("status", "value"), _negated=True), ("value__isnull", True)),
                                    _connector="OR",
                                ),
                                name="published_value_or_code",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
