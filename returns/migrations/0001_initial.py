import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kpis', '0001_initial'),
        ('schools', '0001_initial'),
        ('trusts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='FigureProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='schools.term')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.indicatorcode')),
                ('pupil_group', models.CharField(default='all', max_length=20)),
                ('value', models.DecimalField(decimal_places=4, help_text="In the indicator's unit.", max_digits=14)),
                ('numerator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('denominator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('kind', models.CharField(choices=[('import', "From the school's own system"), ('published', 'From a published file')], max_length=12)),
                ('source', models.TextField(help_text="A description, like 'Attendance export, absence.csv of 12 November 2025'.")),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school', 'term', 'indicator', 'pupil_group', 'trust'), name='one_proposal_per_line'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='proposal_has_a_source'), models.CheckConstraint(condition=models.Q(models.Q(('denominator__isnull', True), ('numerator__isnull', True)), models.Q(('denominator__isnull', False), ('numerator__isnull', False)), _connector='OR'), name='proposal_has_both_parts_or_none')],
            },
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='schools.term')),
                ('state', models.CharField(choices=[('not_started', 'Not started'), ('in_progress', 'In progress'), ('submitted', 'Submitted'), ('sent_back', 'Sent back'), ('accepted', 'Accepted'), ('correcting', 'Being corrected')], default='not_started', max_length=12)),
                ('submitted_at', models.DateTimeField(blank=True, help_text='The latest submission.', null=True)),
                ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'school', 'term'), name='one_return_per_term'), models.CheckConstraint(condition=models.Q(('state__in', ['not_started', 'in_progress', 'submitted', 'sent_back', 'accepted', 'correcting'])), name='return_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['submitted', 'accepted']), _negated=True), ('submitted_at__isnull', False), _connector='OR'), name='submitted_return_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='LineAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('area', models.CharField(blank=True, help_text='kpis.catalogue.kinds.Area', max_length=20)),
                ('indicator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.indicatorcode')),
                ('assigned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assigned_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('school', 'user', 'area', 'indicator', 'trust'), name='one_assignment', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('area', ''), ('indicator__isnull', False)), models.Q(models.Q(('area', ''), _negated=True), ('indicator__isnull', True)), _connector='OR'), name='assigned_area_or_line')],
            },
        ),
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allowances', to='schools.term')),
                ('kind', models.CharField(choices=[('extended', 'Due date moved'), ('exempt', 'Exempt'), ('asked', 'Exemption ended')], max_length=12)),
                ('due_date', models.DateField(blank=True, help_text='The new due date.', null=True)),
                ('reason', models.TextField()),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('given_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='allowance_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('due_date__isnull', False), ('kind', 'extended')), models.Q(('due_date__isnull', True), ('kind__in', ['exempt', 'asked'])), _connector='OR'), name='extension_has_a_date')],
            },
        ),
        migrations.CreateModel(
            name='ContributorArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('area', models.CharField(help_text='kpis.catalogue.kinds.Area', max_length=20)),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'area'), name='one_default_per_area')],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('kind', models.CharField(choices=[('form', 'The return, filled in'), ('attendance', 'Export: attendance by pupil'), ('attendance_groups', 'Export: attendance by group'), ('behaviour', 'Export: suspensions and exclusions')], help_text='returns.files.exports.ExportKind', max_length=20)),
                ('columns', models.JSONField(help_text='Column headings by field (returns.files.exports.ExportField).')),
                ('chosen_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('chosen_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'school', 'kind'), name='one_mapping_per_export')],
            },
        ),
        migrations.CreateModel(
            name='ReturnLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('value', models.DecimalField(blank=True, decimal_places=4, help_text="In the indicator's unit.", max_digits=14, null=True)),
                ('numerator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('denominator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('follows_on', models.DateField(blank=True, help_text='When a figure that is to follow is due.', null=True)),
                ('comment', models.TextField(blank=True)),
                ('what', models.TextField(blank=True, help_text='What the figure shows.')),
                ('why', models.TextField(blank=True, help_text='Why it is off target.')),
                ('what_next', models.TextField(blank=True, help_text='What happens next.')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('termly_return', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='returns.return')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.indicatorcode')),
                ('definition', models.ForeignKey(help_text='Null only in lines from before definitions were kept.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.definition')),
                ('pupil_group', models.CharField(default='all', max_length=20)),
                ('state', models.CharField(choices=[('open', 'Open'), ('submitted', 'Waiting for a decision'), ('sent_back', 'Sent back'), ('accepted', 'Accepted')], default='open', max_length=12)),
                ('missing_reason', models.CharField(blank=True, help_text='published.dfe.value_statuses.ValueStatus', max_length=20)),
                ('unread', models.JSONField(blank=True, default=dict, help_text='Typed text that cannot be read as a figure yet, by field. The stored figures do not change.')),
                ('version', models.PositiveIntegerField(default=0)),
                ('saved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_at', models.DateTimeField(blank=True, null=True)),
                ('marked', models.BooleanField(default=False, help_text='To come back to. It does not affect the figure.')),
                ('marked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('marked_at', models.DateTimeField(blank=True, help_text='When the mark was last set or removed.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('termly_return', 'indicator', 'pupil_group'), name='one_line_per_indicator'), models.CheckConstraint(condition=models.Q(('value__isnull', True), ('missing_reason', ''), _connector='OR'), name='line_has_value_or_reason_not_both'), models.CheckConstraint(condition=models.Q(('follows_on__isnull', True), ('missing_reason', 'to_follow'), _connector='OR'), name='only_what_is_to_follow_has_a_date'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'submitted', 'sent_back', 'accepted'])), name='line_state_known'), models.CheckConstraint(condition=models.Q(('marked', False), models.Q(('marked_at__isnull', False), ('marked_by__isnull', False), ('state__in', ['open', 'sent_back'])), _connector='OR'), name='only_an_open_line_is_marked')],
            },
        ),
        migrations.CreateModel(
            name='ReceivedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('termly_return', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='returns.return')),
                ('kind', models.CharField(choices=[('form', 'The return, filled in'), ('attendance', 'Export: attendance by pupil'), ('attendance_groups', 'Export: attendance by group'), ('behaviour', 'Export: suspensions and exclusions')], max_length=20)),
                ('state', models.CharField(choices=[('to_check', 'To check'), ('saved', 'Used'), ('refused', 'Refused')], max_length=12)),
                ('name', models.TextField(help_text="The name on the person's computer.")),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField(help_text='In bytes.')),
                ('lines', models.JSONField(default=list, help_text='Each line in it: code, fields, and the version it was made from.')),
                ('notes', models.JSONField(default=list, help_text='Sentences about what was counted and left out.')),
                ('faults', models.JSONField(default=list, help_text='Why it was refused (tables.faults.SpreadsheetFault).')),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('received_at', models.DateTimeField()),
                ('saved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_at', models.DateTimeField(blank=True, help_text='The line changes that it made have the same time.', null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['form', 'attendance', 'attendance_groups', 'behaviour'])), name='file_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('faults', []), ('saved_at__isnull', True), ('state', 'to_check')), models.Q(('faults', []), ('saved_at__isnull', False), ('saved_by__isnull', False), ('state', 'saved')), models.Q(('lines', []), ('saved_at__isnull', True), ('state', 'refused'), models.Q(('faults', []), _negated=True)), _connector='OR'), name='file_saved_or_refused')],
            },
        ),
        migrations.CreateModel(
            name='ReturnDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('termly_return', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='returns.return')),
                ('step', models.CharField(choices=[('submitted', 'Submitted'), ('sent_back', 'Sent back'), ('lines_accepted', 'Lines accepted'), ('accepted', 'Accepted'), ('correction', 'Correction opened'), ('withdrawn', 'Correction withdrawn')], max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('snapshot', models.JSONField(blank=True, help_text='Every line as submitted (returns.queries.submitted_returns.snapshot_of). Null for other steps.', null=True)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), ('step__in', ['sent_back', 'correction']), _negated=True), name='sent_back_has_a_reason'), models.CheckConstraint(condition=models.Q(('step__in', ['submitted', 'sent_back', 'lines_accepted', 'accepted', 'correction', 'withdrawn'])), name='return_step_known')],
            },
        ),
        migrations.CreateModel(
            name='LineDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='returns.returnline')),
                ('step', models.CharField(choices=[('signed_off', 'Signed off'), ('sent_back', 'Sent back'), ('accepted', 'Accepted'), ('correction', 'Opened for correction'), ('withdrawn', 'Correction withdrawn'), ('marked', 'Marked to come back to'), ('unmarked', 'Mark removed')], max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('line_version', models.PositiveIntegerField(help_text='The version of the line that the step is about.')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), ('step__in', ['sent_back', 'correction']), _negated=True), name='line_sent_back_has_a_reason'), models.CheckConstraint(condition=models.Q(('step__in', ['signed_off', 'sent_back', 'accepted', 'correction', 'withdrawn', 'marked', 'unmarked'])), name='line_step_known')],
            },
        ),
        migrations.CreateModel(
            name='LineChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('value', models.DecimalField(blank=True, decimal_places=4, help_text="In the indicator's unit.", max_digits=14, null=True)),
                ('numerator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('denominator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('follows_on', models.DateField(blank=True, help_text='When a figure that is to follow is due.', null=True)),
                ('comment', models.TextField(blank=True)),
                ('what', models.TextField(blank=True, help_text='What the figure shows.')),
                ('why', models.TextField(blank=True, help_text='Why it is off target.')),
                ('what_next', models.TextField(blank=True, help_text='What happens next.')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='returns.returnline')),
                ('line_version', models.PositiveIntegerField(help_text='The number of saves, including this one.')),
                ('missing_reason', models.CharField(blank=True, max_length=20)),
                ('unread', models.JSONField(default=dict)),
                ('source', models.CharField(choices=[('typed', 'Typed'), ('file', 'From a file'), ('import', 'From an import'), ('confirmed', 'Suggested figure confirmed'), ('accepted', 'Accepted figure restored')], default='typed', max_length=12)),
                ('file_name', models.TextField(blank=True, help_text='The file it came from. For a confirmed figure, its source.')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('line', 'line_version'), name='one_change_per_save'), models.CheckConstraint(condition=models.Q(('source__in', ['typed', 'file', 'import', 'confirmed', 'accepted'])), name='change_source_known')],
            },
        ),
        migrations.CreateModel(
            name='DecisionLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='letter', to='returns.returndecision')),
                ('sent_to', models.EmailField(blank=True, help_text='Empty if nobody has the role that can act.', max_length=254)),
                ('sent_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
