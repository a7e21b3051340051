import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trusts', '0006_confirm_privileged_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='DecisionDeputy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('returns', 'Accept or send back returns'), ('targets', 'Approve targets'), ('reference_lines', 'Approve reference lines'), ('roles', 'Confirm roles'), ('school_position', 'Decide on a school’s phase or journey'), ('bands', 'Decide on bands'), ('plans', 'Approve plans'), ('documents', 'Approve documents'), ('minutes', 'Approve minutes'), ('recommendations', 'Accept recommendations'), ('remits', 'Discharge remits')], max_length=20)),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField(help_text='The last day.')),
                ('reason', models.TextField()),
                ('named_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='When a Board member ended it early.', null=True)),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['returns', 'targets', 'reference_lines', 'roles', 'school_position', 'bands', 'plans', 'documents', 'minutes', 'recommendations', 'remits'])), name='deputy_decision_known'), models.CheckConstraint(condition=models.Q(('ends_date__gte', models.F('starts_date')), ('ends_date__lte', django.db.models.expressions.CombinedExpression(models.F('starts_date'), '+', models.Value(datetime.timedelta(days=366))))), name='deputy_for_a_year_at_most'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='deputy_has_a_reason'), models.CheckConstraint(condition=models.Q(('user', models.F('named_by')), _negated=True), name='deputy_named_by_another')],
            },
        ),
    ]
