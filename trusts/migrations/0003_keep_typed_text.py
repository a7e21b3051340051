import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trusts', '0002_protect'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormPress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='A fingerprint of the form, its token and what was sent.', max_length=64)),
                ('location', models.TextField(help_text='The address that the answer leads to; empty until there is an answer.')),
                ('messages', models.JSONField(default=list, help_text='The messages that the answer shows.')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='one_answer_per_form_sent')],
            },
        ),
        migrations.CreateModel(
            name='KeptText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.TextField(help_text='The address of the page that the form is on.')),
                ('path', models.TextField(help_text='The address that the form was sent to.')),
                ('fields', models.JSONField(help_text='The values of each field by its name.')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'path'), name='one_kept_text_per_form')],
            },
        ),
    ]
