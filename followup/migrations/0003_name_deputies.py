import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('followup', '0002_protect'),
        ('schools', '0002_protect'),
        ('trusts', '0006_confirm_privileged_roles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField(help_text='The last day.')),
                ('named_at', models.DateTimeField()),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('headteacher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('deputy', models.F('headteacher')), _negated=True), name='cover_by_another'), models.CheckConstraint(condition=models.Q(('ends_date__gte', models.F('starts_date'))), name='cover_ends_after_start')],
            },
        ),
    ]
