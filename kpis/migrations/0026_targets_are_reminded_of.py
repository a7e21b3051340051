
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0025_explained'),
        ('schools', '0003_school_of_a_membership'),
        ('trusts', '0002_protect'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminder_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminder_since_known',
        ),
        migrations.AlterField(
            model_name='reminder',
            name='kind',
            field=models.CharField(choices=[('fill_in', 'Fill in and submit'), ('sign_off', 'Sign off lines'), ('correct', 'Change and submit again'), ('moderate', 'Accept or send back'), ('approve', 'Approve targets')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['fill_in', 'sign_off', 'correct', 'moderate', 'approve'])), name='reminder_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('since__in', ['due', 'returned', 'waiting', 'proposed'])), name='reminder_since_known'),
        ),
    ]
