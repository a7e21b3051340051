from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trusts', '0008_protect_deputies'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='decisiondeputy',
            name='deputy_decision_known',
        ),
        migrations.AlterField(
            model_name='decisiondeputy',
            name='kind',
            field=models.CharField(choices=[('returns', 'Accept or send back returns'), ('targets', 'Approve targets'), ('reference_lines', 'Approve reference lines'), ('small_numbers', 'Approve rules for small numbers'), ('roles', 'Confirm roles'), ('school_position', 'Decide on a school’s phase or journey'), ('bands', 'Decide on bands'), ('plans', 'Approve plans'), ('documents', 'Approve documents'), ('minutes', 'Approve minutes'), ('recommendations', 'Accept recommendations'), ('remits', 'Discharge remits')], max_length=20),
        ),
        AddConstraintNotValid(
            model_name='decisiondeputy',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['returns', 'targets', 'reference_lines', 'small_numbers', 'roles', 'school_position', 'bands', 'plans', 'documents', 'minutes', 'recommendations', 'remits'])), name='deputy_decision_known'),
        ),
    ]
