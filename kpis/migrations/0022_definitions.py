
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0021_protect_reminders'),
        ('trusts', '0002_protect'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Definition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(help_text='kpis.catalogue.kept')),
                ('fingerprint', models.CharField(max_length=64)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.indicator')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
            ],
        ),
        migrations.AddField(
            model_name='returnline',
            name='definition',
            field=models.ForeignKey(help_text='None in the oldest lines only.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.definition'),
        ),
        migrations.CreateModel(
            name='OwnVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_date', models.DateField(help_text='Returns of terms that begin on this day or later.')),
                ('reason', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.definition')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.indicator')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
            ],
        ),
        migrations.AddConstraint(
            model_name='definition',
            constraint=models.UniqueConstraint(fields=('trust', 'indicator', 'fingerprint'), name='one_row_per_definition'),
        ),
        migrations.AddConstraint(
            model_name='ownversion',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='own_version_has_a_reason'),
        ),
    ]
