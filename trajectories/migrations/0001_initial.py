import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schools', '0001_initial'),
        ('trusts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('letter', models.CharField(blank=True, help_text="A to H; 'none' if none of the eight fits; empty if not placed.", max_length=4)),
                ('rule', models.CharField(blank=True, help_text='The number of the rule in trajectories/README.md.', max_length=12)),
                ('confidence', models.CharField(blank=True, max_length=10)),
                ('runner_up', models.TextField(blank=True, help_text='The rule that nearly fired, and what would have made it.')),
                ('reference_set', models.CharField(max_length=40)),
                ('data_cutoff', models.PositiveSmallIntegerField(help_text='The last school year with results used.', null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PhaseProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('phase', models.CharField(blank=True, max_length=10)),
                ('held_back_by', models.JSONField(default=list, help_text='The feature lines that hold the school back.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CapacityStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('status', models.CharField(max_length=20)),
                ('flag', models.CharField(blank=True, help_text='openness, awareness or under-used', max_length=20)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AreaCapacity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('area', models.CharField(help_text="An area's code in trajectories/data/areas.toml.", max_length=20)),
                ('status', models.CharField(max_length=20)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DimensionRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('dimension', models.CharField(help_text="A dimension's code in trajectories/data/dimensions.toml.", max_length=20)),
                ('has_level', models.CharField(choices=[('none', 'Nothing'), ('some', 'Some'), ('much', 'A lot')], help_text='What it can spare for other schools.', max_length=4)),
                ('has_text', models.TextField(blank=True)),
                ('needs_level', models.CharField(choices=[('none', 'Nothing'), ('some', 'Some'), ('much', 'A lot')], help_text='What it needs from other schools.', max_length=4)),
                ('needs_text', models.TextField(blank=True)),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('has_level__in', ['none', 'some', 'much']), ('needs_level__in', ['none', 'some', 'much'])), name='dimension_levels_known'), models.CheckConstraint(condition=models.Q(('has_level', 'none'), models.Q(('has_text', ''), _negated=True), _connector='OR'), name='dimension_has_in_words'), models.CheckConstraint(condition=models.Q(('needs_level', 'none'), models.Q(('needs_text', ''), _negated=True), _connector='OR'), name='dimension_needs_in_words')],
            },
        ),
        migrations.CreateModel(
            name='PhaseDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('phase', models.CharField(max_length=10)),
                ('proposed', models.CharField(blank=True, help_text='The phase the rule proposed that day; empty if none.', max_length=10)),
                ('reason', models.TextField(blank=True, help_text='May be empty only if the proposed phase was confirmed.')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('phase__in', ['stabilise', 'repair', 'improve', 'sustain'])), name='decided_phase_known'), models.CheckConstraint(condition=models.Q(('phase', models.F('proposed')), models.Q(('reason', ''), _negated=True), _connector='OR'), name='decision_otherwise_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='JourneyDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('letter', models.CharField(blank=True, help_text='A to H; empty if the decision was withdrawn.', max_length=1)),
                ('engine_letter', models.CharField(blank=True, help_text="The engine's answer at the time.", max_length=4)),
                ('reason', models.TextField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('letter__in', ['', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])), name='decided_journey_known'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='journey_decision_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='LineJudgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('line', models.CharField(help_text="A line's code in trajectories/data/phase_rubric.toml.", max_length=20)),
                ('voice', models.CharField(choices=[('school', 'The school’s judgement'), ('trust', 'The trust’s moderation')], max_length=10)),
                ('phase', models.CharField(max_length=10)),
                ('reason', models.TextField()),
                ('judged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('judged_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('voice__in', ['school', 'trust'])), name='judgement_voice_known'), models.CheckConstraint(condition=models.Q(('phase__in', ['stabilise', 'repair', 'improve', 'sustain'])), name='judgement_phase_known'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='judgement_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Outlook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('measure', models.CharField(blank=True, help_text="The publisher's code; empty if no measure can be forecast.", max_length=40)),
                ('school_year', models.PositiveSmallIntegerField(help_text='The school year that the forecast is for.')),
                ('expected', models.FloatField(help_text="In the measure's unit.", null=True)),
                ('low80', models.FloatField(help_text='Eight results in ten are likely to be this or higher …', null=True)),
                ('high80', models.FloatField(help_text='… and this or lower.', null=True)),
                ('percentile', models.FloatField(help_text='National, 100 is best.', null=True)),
                ('percentile_low80', models.FloatField(null=True)),
                ('percentile_high80', models.FloatField(null=True)),
                ('p_below_floor', models.FloatField(null=True)),
                ('p_below_coasting', models.FloatField(null=True)),
                ('p_below_average', models.FloatField(null=True)),
                ('p_bottom_fifth', models.FloatField(null=True)),
                ('p_decline', models.FloatField(null=True)),
                ('data_cutoff', models.PositiveSmallIntegerField(help_text='The last school year with results used.', null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['school', 'measure', '-id'], name='newest_outlook')],
            },
        ),
        migrations.CreateModel(
            name='TrustReference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('number', models.PositiveSmallIntegerField(help_text='1, 2, 3 … within the trust.')),
                ('lines', models.JSONField(help_text="The trust's own lines: code, phase, first_year, percentile. An empty list: only standard lines.")),
                ('provenance', models.CharField(help_text="Who decided this and when, in the trust's words.", max_length=200)),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'number'), name='one_reference_per_number'), models.CheckConstraint(condition=models.Q(('provenance', ''), _negated=True), name='reference_has_a_provenance')],
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('subject', 'Subject'), ('department', 'Department'), ('year_group', 'Year group'), ('key_stage', 'Key stage')], max_length=12)),
                ('area', models.CharField(blank=True, help_text="An area's code in trajectories/data/areas.toml; empty if in no area.", max_length=20)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('added_at', models.DateTimeField()),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_reason', models.TextField(blank=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('school'), django.db.models.functions.text.Lower('name'), condition=models.Q(('closed_at__isnull', True)), name='one_open_unit_of_a_name'), models.CheckConstraint(condition=models.Q(('kind__in', ['subject', 'department', 'year_group', 'key_stage'])), name='unit_kind_known'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='unit_has_a_name'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('closed_reason', ''), _negated=True)), _connector='OR'), name='unit_closed_by_and_why')],
            },
        ),
        migrations.CreateModel(
            name='UnitJudgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trajectories.unit')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('voice', models.CharField(choices=[('school', 'The school’s judgement'), ('trust', 'The trust’s moderation')], max_length=10)),
                ('levels', models.JSONField(help_text='Phase by line code in trajectories/data/unit_rubric.toml. Lines not seen are left out.')),
                ('reason', models.TextField()),
                ('evidence', models.TextField(blank=True, help_text='What was looked at, where and when.')),
                ('judged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('judged_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('voice__in', ['school', 'trust'])), name='unit_judgement_voice_known'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='unit_judgement_has_a_reason'), models.CheckConstraint(condition=models.Q(('levels', {}), _negated=True), name='unit_judgement_saw_something')],
            },
        ),
        migrations.CreateModel(
            name='UnitPhase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('computed_at', models.DateTimeField()),
                ('reason', models.TextField(help_text='Why, in words.')),
                ('inputs', models.JSONField(help_text="The rule's inputs and the engine's full answer.")),
                ('engine_version', models.CharField(max_length=20)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trajectories.unit')),
                ('phase', models.CharField(blank=True, max_length=10)),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
