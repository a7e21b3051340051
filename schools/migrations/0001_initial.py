import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('trusts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='School',
            fields=[
                ('urn', models.PositiveIntegerField(help_text='Unique reference number, from the register.', primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('trust', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='schools', to='trusts.trust')),
                ('joined_date', models.DateField(blank=True, help_text='When it joined its present trust.', null=True)),
                ('phase', models.CharField(blank=True, choices=[('primary', 'Primary'), ('secondary', 'Secondary'), ('all-through', 'All-through'), ('special', 'Special'), ('alternative provision', 'Alternative provision'), ('16 plus', '16 plus'), ('nursery', 'Nursery'), ('', 'Not recorded')], default='', max_length=24)),
                ('school_type', models.CharField(blank=True, max_length=60)),
                ('local_authority_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('local_authority', models.TextField(blank=True)),
                ('establishment_number', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('lowest_age', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('highest_age', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('town', models.TextField(blank=True)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('is_fictional', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('is_fictional', True), ('urn__gte', 990001)), models.Q(('is_fictional', False), ('urn__lt', 990001)), _connector='OR'), name='fictional_schools_apart')],
            },
        ),
        migrations.CreateModel(
            name='SchoolLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('urn', models.PositiveIntegerField(db_index=True)),
                ('link_urn', models.PositiveIntegerField(db_index=True)),
                ('link_name', models.TextField(blank=True)),
                ('direction', models.CharField(choices=[('predecessor', 'Predecessor'), ('successor', 'Successor')], max_length=12)),
                ('kind', models.CharField(help_text='one_to_one, merged, split and so on; see schools/gias.', max_length=30)),
                ('established_date', models.DateField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('urn', 'link_urn', 'direction', 'kind'), name='one_link_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school_year', models.PositiveSmallIntegerField(help_text='The year the school year ends in.')),
                ('season', models.PositiveSmallIntegerField(choices=[(0, 'Whole year'), (1, 'Autumn'), (2, 'Spring'), (3, 'Summer')])),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField()),
                ('due_date', models.DateField(help_text="When the term's returns are due.")),
                ('break_starts_date', models.DateField(blank=True, help_text='The first day of the half-term holiday.', null=True)),
                ('break_ends_date', models.DateField(blank=True, help_text='Its last day.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'school_year', 'season'), name='one_term_per_season'), models.CheckConstraint(condition=models.Q(('season__range', (1, 3))), name='term_season_known'), models.CheckConstraint(condition=models.Q(('ends_date__gt', models.F('starts_date'))), name='term_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('break_ends_date__isnull', True), ('break_starts_date__isnull', True)), models.Q(('break_ends_date__gte', models.F('break_starts_date')), ('break_ends_date__lt', models.F('ends_date')), ('break_starts_date__gt', models.F('starts_date'))), _connector='OR'), name='half_term_holiday_is_inside_its_term')],
            },
        ),
    ]
