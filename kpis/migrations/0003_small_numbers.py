import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trusts.protection import protect

# Every school is recalculated at once: until then nobody outside the school and the centre sees its figures.
RECALCULATE = """
SELECT set_config('app.trust_ids', (SELECT '{' || COALESCE(string_agg(uid::text, ','), '') || '}' FROM trusts_trust
                                    WHERE is_tenant), true),
       set_config('app.school_ids', 'all', true),
       set_config('app.user_id', '0', true),
       set_config('app.actor', 'migration:kpis.0003_small_numbers', true);
UPDATE kpis_recomputation SET wanted = wanted + 1, wanted_at = now();
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_protect"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name="scoreline",
            name="small_counts",
            field=models.JSONField(
                help_text="What this and last year's figure give away; null if not known "
                "(kpis.queries.small_numbers).",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="SmallNumberPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "fewest",
                    models.JSONField(help_text="By what figures are about and by audience: kpis.rules.privacy."),
                ),
                ("decided_on", models.DateField(help_text="The day of the Board's decision.")),
                ("reason", models.TextField()),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "trust",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trusts.trust"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="small_number_policy_has_a_reason"
                    )
                ],
            },
        ),
        # Everyone in the trust may know the rules that apply to them.
        protect("kpis_smallnumberpolicy", append_only=True),
        migrations.RunSQL(RECALCULATE, migrations.RunSQL.noop),
    ]
