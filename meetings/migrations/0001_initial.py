import django.db.models.deletion
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
            name='Panel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('title', models.CharField(max_length=120)),
                ('held_date', models.DateField()),
                ('school_year', models.PositiveSmallIntegerField(help_text='The year the school year ends in.')),
                ('half_term', models.PositiveSmallIntegerField(help_text='1 to 6.')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'school_year', 'half_term'), name='one_panel_per_half_term'), models.CheckConstraint(condition=models.Q(('half_term__range', (1, 6))), name='half_term_1_to_6')],
            },
        ),
        migrations.CreateModel(
            name='PanelNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='meetings.panel')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('text', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=0)),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('panel', 'school'), name='one_note_per_school')],
            },
        ),
        migrations.CreateModel(
            name='PanelReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('panel', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report', to='meetings.panel')),
                ('content', models.JSONField(help_text='The whole document, as meetings.report made it.')),
                ('pdf', models.BinaryField()),
                ('sha256', models.CharField(help_text='Of the PDF.', max_length=64)),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
