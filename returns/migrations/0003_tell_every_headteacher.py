from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('returns', '0002_protect'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decisionletter',
            name='sent_to',
            field=models.TextField(blank=True, help_text='Addresses, with commas. Empty if nobody has the role that can act.'),
        ),
    ]
