import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from trusts.protection import protect


class Migration(migrations.Migration):

    dependencies = [
        ('trajectories', '0002_protect'),
        ('trusts', '0006_confirm_privileged_roles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferenceProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lines', models.JSONField(help_text='As in TrustReference. An empty list: back to the standard lines.')),
                ('provenance', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for approval'), ('approved', 'Approved'), ('declined', 'Declined'), ('replaced', 'Replaced by a newer proposal')], default='waiting', max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='trustreference',
            name='approved_by',
            field=models.ForeignKey(blank=True, help_text='Nobody for versions from before a second person approved them.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        AddConstraintNotValid(
            model_name='trustreference',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('set_by')), _negated=True), _connector='OR'), name='reference_approved_by_another'),
        ),
        migrations.AddField(
            model_name='referenceproposal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referenceproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referenceproposal',
            name='trust',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust'),
        ),
        migrations.AddConstraint(
            model_name='referenceproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('trust',), name='one_reference_proposal_waiting'),
        ),
        migrations.AddConstraint(
            model_name='referenceproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'approved', 'declined', 'replaced'])), name='reference_proposal_state_known'),
        ),
        migrations.AddConstraint(
            model_name='referenceproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'declined']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='reference_proposal_decided_by_another'),
        ),
        protect("trajectories_referenceproposal"),
    ]
