import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=150)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_user_per_email')],
            },
        ),
        migrations.CreateModel(
            name='Trust',
            fields=[
                ('uid', models.PositiveIntegerField(help_text="The register's group UID.", primary_key=True, serialize=False)),
                ('group_id', models.CharField(blank=True, help_text="The register's group ID, like TR01234.", max_length=20)),
                ('name', models.TextField()),
                ('group_type', models.CharField(blank=True, max_length=60)),
                ('companies_house_number', models.CharField(blank=True, max_length=8)),
                ('ukprn', models.CharField(blank=True, max_length=8)),
                ('opened_date', models.DateField(blank=True, null=True)),
                ('closed_date', models.DateField(blank=True, null=True)),
                ('is_tenant', models.BooleanField(default=False)),
                ('is_fictional', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust_id', models.BigIntegerField(db_index=True)),
                ('table', models.TextField()),
                ('row_id', models.BigIntegerField()),
                ('operation', models.CharField(max_length=6)),
                ('actor', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('actor', ''), _negated=True), name='audit_has_an_actor')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('board_member', 'Board member'), ('executive_director', 'Executive Director'), ('teaching_consultant', 'Trust Teaching and Learning Consultant'), ('business_manager', 'Trust Business Manager'), ('improvement_partner', 'Trust Improvement Partner'), ('governance_professional', 'Governance professional'), ('trust_administrator', 'Trust administrator'), ('headteacher', 'Headteacher'), ('school_contributor', 'School contributor'), ('local_governor', 'Local governing body member'), ('external_reviewer', 'External reviewer')], max_length=30)),
                ('school_id', models.PositiveIntegerField(blank=True, help_text='URN, for a school role only.', null=True)),
                ('starts_date', models.DateField()),
                ('ends_date', models.DateField(blank=True, help_text='The last day, for a time-limited role.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'trust', 'role', 'school_id', 'starts_date'), name='one_membership_per_role_and_start', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('role__in', ['board_member', 'executive_director', 'teaching_consultant', 'business_manager', 'improvement_partner', 'governance_professional', 'trust_administrator', 'headteacher', 'school_contributor', 'local_governor', 'external_reviewer'])), name='membership_role_known'), models.CheckConstraint(condition=models.Q(models.Q(('role__in', ('headteacher', 'school_contributor', 'local_governor', 'external_reviewer')), ('school_id__isnull', False)), models.Q(models.Q(('role__in', ('headteacher', 'school_contributor', 'local_governor', 'external_reviewer')), _negated=True), ('school_id__isnull', True)), _connector='OR'), name='school_role_has_school'), models.CheckConstraint(condition=models.Q(('ends_date__isnull', True), ('ends_date__gte', models.F('starts_date')), _connector='OR'), name='membership_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trust', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trusts.trust')),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=150)),
                ('role', models.CharField(choices=[('board_member', 'Board member'), ('executive_director', 'Executive Director'), ('teaching_consultant', 'Trust Teaching and Learning Consultant'), ('business_manager', 'Trust Business Manager'), ('improvement_partner', 'Trust Improvement Partner'), ('governance_professional', 'Governance professional'), ('trust_administrator', 'Trust administrator'), ('headteacher', 'Headteacher'), ('school_contributor', 'School contributor'), ('local_governor', 'Local governing body member'), ('external_reviewer', 'External reviewer')], max_length=30)),
                ('school_id', models.PositiveIntegerField(blank=True, help_text='URN, for a school role only.', null=True)),
                ('ends_date', models.DateField(blank=True, help_text="The role's last day, when time-limited.", null=True)),
                ('invited_by', models.ForeignKey(blank=True, help_text='Nobody when the first person of a trust is invited from the command line.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invited_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, help_text='When its link last went out.', null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['board_member', 'executive_director', 'teaching_consultant', 'business_manager', 'improvement_partner', 'governance_professional', 'trust_administrator', 'headteacher', 'school_contributor', 'local_governor', 'external_reviewer'])), name='invitation_role_known'), models.CheckConstraint(condition=models.Q(models.Q(('role__in', ('headteacher', 'school_contributor', 'local_governor', 'external_reviewer')), ('school_id__isnull', False)), models.Q(models.Q(('role__in', ('headteacher', 'school_contributor', 'local_governor', 'external_reviewer')), _negated=True), ('school_id__isnull', True)), _connector='OR'), name='invited_school_role_has_school'), models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', True), ('accepted_by__isnull', True)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False)), _connector='OR'), name='invitation_accepted_by_and_at'), models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='invitation_accepted_or_withdrawn')],
            },
        ),
    ]
