import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('name', models.TextField()),
                ('layout', models.CharField(max_length=40)),
                ('school_year', models.PositiveSmallIntegerField(help_text='The year the school year ends in.', null=True)),
                ('release', models.CharField(blank=True, max_length=12)),
                ('summary', models.JSONField()),
                ('imported_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PublishedSeries',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('measure', models.CharField(help_text="The publisher's own code, like ATT8SCR.", max_length=40)),
                ('school_year', models.PositiveSmallIntegerField(help_text='The year the school year ends in.')),
                ('release', models.CharField(max_length=12)),
                ('pupil_group', models.CharField(max_length=20)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('measure', 'school_year', 'release', 'pupil_group'), name='one_published_series')],
            },
        ),
        migrations.CreateModel(
            name='PublishedResult',
            fields=[
                ('pk', models.CompositePrimaryKey('urn', 'series_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('urn', models.PositiveIntegerField()),
                ('series', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='published.publishedseries')),
                ('value', models.FloatField(help_text="In the measure's unit; empty unless status is 'value'.", null=True)),
                ('lower', models.FloatField(help_text='Published 95% confidence limit.', null=True)),
                ('upper', models.FloatField(help_text='Published 95% confidence limit.', null=True)),
                ('cohort', models.FloatField(help_text='Pupils the figure is about.', null=True)),
                ('file', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='published.importedfile')),
                ('status', models.CharField(help_text='published.dfe.value_statuses.ValueStatus', max_length=20)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'value'), ('value__isnull', False)), models.Q(models.Q(('status', 'value'), _negated=True), ('value__isnull', True)), _connector='OR'), name='published_value_or_code')],
            },
        ),
        migrations.CreateModel(
            name='NationalFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(max_length=40)),
                ('geography', models.CharField(help_text='England, local authority 850 or trust 5690', max_length=40)),
                ('scope', models.CharField(help_text='state-funded or all schools', max_length=40)),
                ('school_year', models.PositiveSmallIntegerField()),
                ('release', models.CharField(max_length=12)),
                ('pupil_group', models.CharField(default='all', max_length=20)),
                ('value', models.FloatField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='published.importedfile')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('measure', 'geography', 'scope', 'school_year', 'release', 'pupil_group'), name='one_national_figure')],
            },
        ),
        migrations.CreateModel(
            name='SchoolList',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='school_list', serialize=False, to='published.importedfile')),
                ('packed', models.BinaryField(help_text='Deflated JSON: lists of equal length of urn, name, la, estab, school_type, is_mainstream.')),
            ],
        ),
    ]
