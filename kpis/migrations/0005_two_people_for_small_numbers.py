import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from trusts.protection import protect


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0004_remember_files_behind_results'),
        ('trusts', '0009_two_people_for_small_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SmallNumberProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fewest', models.JSONField(help_text='As in SmallNumberPolicy.')),
                ('decided_on', models.DateField(help_text="The day of the Board's decision.")),
                ('reason', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting for approval'), ('approved', 'Approved'), ('declined', 'Declined'), ('replaced', 'Replaced by a newer proposal')], default='waiting', max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='smallnumberpolicy',
            name='approved_by',
            field=models.ForeignKey(blank=True, help_text='Nobody for decisions from before a second person approved them.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        AddConstraintNotValid(
            model_name='smallnumberpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('entered_by')), _negated=True), _connector='OR'), name='small_number_policy_approved_by_another'),
        ),
        migrations.AddField(
            model_name='smallnumberproposal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='smallnumberproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='smallnumberproposal',
            name='trust',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust'),
        ),
        migrations.AddConstraint(
            model_name='smallnumberproposal',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='small_number_proposal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='smallnumberproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('trust',), name='one_small_number_proposal_waiting'),
        ),
        migrations.AddConstraint(
            model_name='smallnumberproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'approved', 'declined', 'replaced'])), name='small_number_proposal_state_known'),
        ),
        migrations.AddConstraint(
            model_name='smallnumberproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'declined']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='small_number_proposal_decided_by_another'),
        ),
        protect("kpis_smallnumberproposal"),
    ]
