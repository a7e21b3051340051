from django.db import migrations, models

KEY = ("school_year", "urn", "measure", "pupil_group", "release")


class Migration(migrations.Migration):
    dependencies = [("kpis", "0007_figures_by_school")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE kpis_publishedresult DROP CONSTRAINT kpis_publishedresult_pkey, "
                    f"ADD PRIMARY KEY ({', '.join(KEY)})"
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="publishedresult",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        *KEY, blank=True, editable=False, primary_key=True, serialize=False
                    ),
                )
            ],
        ),
    ]
