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
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.school')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.term')),
                ('kind', models.CharField(choices=[('fill_in', 'Fill in and submit'), ('sign_off', 'Sign off lines'), ('correct', 'Change and submit again'), ('moderate', 'Accept or send back'), ('approve', 'Approve targets')], max_length=12)),
                ('since', models.CharField(help_text='The day steps count from: followup.rules.reminders.CountedFrom', max_length=12)),
                ('anchor', models.DateField(help_text='The day that the step counts from.')),
                ('step', models.SmallIntegerField(help_text='Days after that day; a minus means before it.')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_to', models.EmailField(max_length=254)),
                ('words', models.TextField(help_text='What the email said about it.')),
                ('outcome', models.CharField(choices=[('sent', 'Sent'), ('refused', 'Refused')], max_length=12)),
                ('detail', models.TextField(blank=True, help_text='What the mail server answered if it refused the email.')),
                ('sent_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'school', 'term', 'kind', 'since', 'anchor', 'step', 'user'), name='one_reminder_for_one_reason'), models.CheckConstraint(condition=models.Q(('kind__in', ['fill_in', 'sign_off', 'correct', 'moderate', 'approve'])), name='reminder_kind_known'), models.CheckConstraint(condition=models.Q(('since__in', ['due', 'returned', 'waiting', 'proposed'])), name='reminder_since_known'), models.CheckConstraint(condition=models.Q(models.Q(('detail', ''), ('outcome', 'sent')), models.Q(('outcome', 'refused'), models.Q(('detail', ''), _negated=True)), _connector='OR'), name='refused_reminder_says_why')],
            },
        ),
        migrations.CreateModel(
            name='ReminderPace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pace', models.CharField(choices=[('daily', 'Daily'), ('weekly', 'Weekly'), ('off', 'Off')], max_length=12)),
                ('chosen_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust', 'user'), name='one_pace_per_person'), models.CheckConstraint(condition=models.Q(('pace__in', ['daily', 'weekly', 'off'])), name='pace_known')],
            },
        ),
        migrations.CreateModel(
            name='ReminderTurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('taken_until', models.DateTimeField(null=True)),
                ('trouble', models.TextField(blank=True, help_text='What the mail server last did wrong; empty if it works.')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('trust',), name='one_turn_per_trust')],
            },
        ),
    ]
