import uuid

import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.choices
import config.core.fields
import config.core.text_search
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='MailAllowance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(help_text='A MailKind.', max_length=40)),
                    ('address', models.CharField(help_text='A keyed digest.', max_length=64)),
                    ('sent', models.JSONField(default=list, help_text='When, in seconds since 1970; the oldest first.')),
                    ('used_at', models.DateTimeField(auto_now=True, db_index=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'address'), name='mail_allowance_unique')],
                },
            ),
            migrations.CreateModel(
                name='PasswordRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('email', models.EmailField(max_length=254)),
                    ('created_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ],
            ),
            migrations.CreateModel(
                name='SignInFailure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.CharField(help_text="The account's id, or a digest of the name when there is none.", max_length=254)),
                    ('address', models.GenericIPAddressField()),
                    ('failed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['account', 'address', 'failed_at'], name='sign_in_failures'), models.Index(fields=['account', 'failed_at'], name='sign_in_failures_of_account'), models.Index(fields=['address', 'failed_at'], name='sign_in_failures_from')],
                },
            ),
            migrations.CreateModel(
                name='SignInGuard',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.CharField(help_text="The account's id, or a digest of the name when there is none.", max_length=254)),
                    ('address', models.GenericIPAddressField()),
                    ('used_at', models.DateTimeField(auto_now=True, db_index=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('account', 'address'), name='sign_in_guard_unique')],
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('username_key', config.core.fields.FoldedField(editable=False, max_length=762, of='username', unique=True)),
                    ('email', models.EmailField(max_length=254)),
                    ('email_key', config.core.fields.FoldedField(editable=False, max_length=762, of='email', unique=True)),
                    ('user_type', models.CharField(choices=[('buyer', 'Buyer'), ('artist', 'Artist'), ('creator', 'Creator'), ('admin', 'Admin')], default='buyer', max_length=10)),
                    ('phone_number', models.CharField(blank=True, max_length=30)),
                    ('search_key', config.core.text_search.SearchKey('username', 'first_name', 'last_name')),
                    ('profile_image', models.FileField(blank=True, upload_to='profiles/')),
                    ('identity_verified', models.BooleanField(default=False, help_text='Staff have checked who this is.')),
                    ('email_verified_at', models.DateTimeField(blank=True, null=True)),
                    ('pending_email', models.EmailField(blank=True, editable=False, help_text='Takes the place of the address once it is confirmed.', max_length=254)),
                    ('credentials_version', models.PositiveIntegerField(default=1, editable=False, help_text='Raised to end every session and token of the account.')),
                    ('spent', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text="Paid less refunds, in the art market's currency.", max_digits=14)),
                    ('earned', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text="Credited net of fees, in the art market's currency.", max_digits=14)),
                    ('sales_total', config.core.fields.MoneyField(db_default=0, decimal_places=3, default=0, editable=False, help_text='What was paid for their listings less refunds, in the currency of the market for 3-D models.', max_digits=14)),
                    ('revenue_total', config.core.fields.MoneyField(db_default=0, decimal_places=3, default=0, editable=False, help_text='Of those sales, net of fees.', max_digits=14)),
                    ('is_banned', models.BooleanField(db_default=False, default=False, editable=False, help_text='Shut out by staff; then the account is not active.')),
                    ('active_when_unbanned', models.BooleanField(db_default=True, default=True, editable=False, help_text='Whether the account is active once a ban is lifted.')),
                    ('creator_level', models.CharField(choices=[('Bronze', 'Bronze'), ('Silver', 'Silver'), ('Gold', 'Gold'), ('Platinum', 'Platinum')], db_default='Bronze', default='Bronze', max_length=10)),
                    ('creator_level_is_set', models.BooleanField(db_default=False, default=False, editable=False, help_text='Staff chose the level; sales do not change it.')),
                    ('followers_count', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                    ('following_count', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                    ('models_count', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='Their 3-D models, whatever the status, less those archived.')),
                    ('models_rating', models.DecimalField(db_default=0, decimal_places=2, default=0, editable=False, help_text='Mean of all their reviews.', max_digits=3)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='user_newest'), models.Index(fields=['user_type', '-created_at'], name='user_by_type'), models.Index(fields=['spent'], name='user_spent'), models.Index(fields=['last_login'], name='user_last_login'), models.Index(fields=['user_type', 'id'], name='user_by_type_and_id'), models.Index(fields=['-revenue_total', '-id'], name='user_revenue'), models.Index(condition=models.Q(('sales_total__gt', 0)), fields=['sales_total'], name='user_sales')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('is_active', True), ('is_banned', True), _negated=True), name='user_banned_not_active')],
                },
            ),
            migrations.CreateModel(
                name='ArtistProfile',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='artist_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('bio', models.CharField(blank=True, max_length=1000)),
                    ('skills', models.TextField(blank=True, help_text='Separated by commas.')),
                    ('experience_level', models.CharField(choices=[('beginner', 'Beginner'), ('intermediate', 'Intermediate'), ('expert', 'Expert')], max_length=20)),
                    ('hourly_rate', config.core.fields.MoneyField(decimal_places=3, max_digits=11, validators=[django.core.validators.MinValueValidator(0)])),
                    ('portfolio_description', models.CharField(blank=True, max_length=2000)),
                    ('skills_key', config.core.text_search.SearchKey('skills')),
                    ('bio_key', config.core.text_search.SearchKey('bio')),
                    ('portfolio_key', config.core.text_search.SearchKey('portfolio_description')),
                    ('is_available', models.BooleanField(default=True)),
                    ('rating', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=3)),
                    ('total_reviews', models.PositiveIntegerField(default=0, editable=False)),
                    ('total_projects_completed', models.PositiveIntegerField(default=0, editable=False)),
                    ('completion_rate', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=5)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at'], name='artist_newest'), models.Index(fields=['rating', 'user'], name='artist_rating'), models.Index(fields=['hourly_rate', 'user'], name='artist_rate'), models.Index(fields=['experience_level', 'is_available'], name='artist_level')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('hourly_rate__gte', 0)), name='artist_rate_positive')],
                },
            ),
            migrations.CreateModel(
                name='AuthenticatorDevice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                    ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                    ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='authenticator', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(default='Authenticator app', max_length=64)),
                    ('secret', config.core.fields.EncryptedTextField(help_text='Base32.')),
                    ('confirmed', models.BooleanField(default=False)),
                    ('last_t', models.BigIntegerField(default=-1, help_text='The time step of the last code accepted: none works twice.')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='BackupDevice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                    ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                    ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                    ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                    ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='backup_device', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(default='Backup codes', max_length=64)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='BuyerProfile',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='buyer_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('company_name', models.CharField(blank=True, max_length=200)),
                    ('company_key', config.core.text_search.SearchKey('company_name')),
                    ('address', models.CharField(blank=True, max_length=500)),
                    ('projects_posted', models.PositiveIntegerField(default=0, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at'], name='buyer_newest'), models.Index(fields=['projects_posted', 'user'], name='buyer_projects')],
                },
            ),
            migrations.CreateModel(
                name='EmailChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_changes', to=settings.AUTH_USER_MODEL)),
                    ('nonce', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('old_email', models.EmailField(max_length=254)),
                    ('old_key', models.CharField(db_index=True, help_text='The old address in the form it is compared in.', max_length=800)),
                    ('new_email', models.EmailField(max_length=254)),
                    ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('confirmed_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('confirmed_at', None)), fields=('user',), name='email_change_one_pending')],
                },
            ),
            migrations.CreateModel(
                name='EndedAccessToken',
                fields=[
                    ('jti', models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ended_access_tokens', to=settings.AUTH_USER_MODEL)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                ],
            ),
            migrations.CreateModel(
                name='Follow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='following', to=settings.AUTH_USER_MODEL)),
                    ('followed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['followed', '-created_at', '-id'], name='followers_newest'), models.Index(fields=['follower', '-created_at', '-id'], name='following_newest')],
                    'constraints': [models.UniqueConstraint(fields=('follower', 'followed'), name='follow_once'), models.CheckConstraint(condition=models.Q(('follower', models.F('followed')), _negated=True), name='follow_not_oneself')],
                },
            ),
            migrations.CreateModel(
                name='KeptAccessToken',
                fields=[
                    ('jti', models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_access_tokens', to=settings.AUTH_USER_MODEL)),
                    ('credentials_version', models.PositiveIntegerField()),
                    ('expires_at', models.DateTimeField(db_index=True)),
                ],
            ),
            migrations.CreateModel(
                name='Notification',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                    ('notification_type', models.CharField(choices=accounts.choices.notification_types, max_length=30)),
                    ('title', models.CharField(max_length=200)),
                    ('message', models.TextField()),
                    ('data', models.JSONField(blank=True, default=dict, help_text='Ids of what it is about.')),
                    ('is_read', models.BooleanField(default=False)),
                    ('read_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='notifications_of_user'), models.Index(condition=models.Q(('is_read', False)), fields=['user', '-id'], name='notifications_unread'), models.Index(fields=['user', 'notification_type', '-created_at', '-id'], name='notifications_of_type')],
                },
            ),
            migrations.CreateModel(
                name='PasswordLink',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='password_link', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('nonce', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                ],
            ),
            migrations.CreateModel(
                name='PendingSignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_sign_ins', to=settings.AUTH_USER_MODEL)),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('credentials_version', models.PositiveIntegerField()),
                    ('failures', models.PositiveSmallIntegerField(default=0)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
            ),
            migrations.CreateModel(
                name='ProfileView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='profile_views', to=settings.AUTH_USER_MODEL)),
                    ('visitor', models.CharField(max_length=32)),
                    ('day', models.DateField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'day', 'visitor'), name='profile_view_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='RefreshToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refresh_tokens', to=settings.AUTH_USER_MODEL)),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('family', models.UUIDField(db_index=True, default=uuid.uuid4)),
                    ('credentials_version', models.PositiveIntegerField()),
                    ('used_at', models.DateTimeField(blank=True, null=True)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
            ),
            migrations.CreateModel(
                name='SignInPlace',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_in_places', to=settings.AUTH_USER_MODEL)),
                    ('network', models.GenericIPAddressField()),
                    ('used_at', models.DateTimeField(auto_now=True, db_index=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'network'), name='sign_in_place_unique')],
                },
            ),
            migrations.CreateModel(
                name='BackupCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='accounts.backupdevice')),
                    ('digest', models.CharField(max_length=64)),
                    ('used_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('device', 'digest'), name='backup_code_unique')],
                },
            ),
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('channel', models.CharField(choices=[('email', 'Email'), ('socket', 'Socket')], max_length=10)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to=settings.AUTH_USER_MODEL)),
                    ('notification', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='accounts.notification')),
                    ('template', models.CharField(blank=True, help_text='E-mail: the pair templates/email/<name>.txt/.html.', max_length=60)),
                    ('context', models.JSONField(blank=True, default=dict)),
                    ('late', models.CharField(blank=True, help_text='E-mail: the function that adds what is only known while it is rendered.', max_length=120)),
                    ('address', models.EmailField(blank=True, help_text="E-mail: where it goes, when that is not the account's address.", max_length=254)),
                    ('message_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('given_up', 'Given Up')], default='waiting', max_length=10)),
                    ('claim', models.UUIDField(blank=True, null=True)),
                    ('claimed_until', models.DateTimeField(blank=True, null=True)),
                    ('attempts', models.PositiveIntegerField(default=0)),
                    ('next_try_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('error', models.CharField(blank=True, max_length=200)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('sent_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'verbose_name_plural': 'deliveries',
                    'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['next_try_at'], name='deliveries_open')],
                },
            ),
            migrations.CreateModel(
                name='UserProfile',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='public_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('bio', models.CharField(blank=True, max_length=2000)),
                    ('country', models.CharField(blank=True, max_length=100)),
                    ('city', models.CharField(blank=True, max_length=100)),
                    ('website', models.URLField(blank=True, max_length=300)),
                    ('twitter', models.CharField(blank=True, max_length=100)),
                    ('instagram', models.CharField(blank=True, max_length=100)),
                    ('portfolio_url', models.URLField(blank=True, max_length=300)),
                    ('skills', models.JSONField(blank=True, default=list)),
                    ('software', models.JSONField(blank=True, default=list)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
            ),
            migrations.CreateModel(
                name='SocialAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='social_accounts', to=settings.AUTH_USER_MODEL)),
                    ('provider', models.CharField(choices=[('google', 'Google'), ('github', 'GitHub'), ('discord', 'Discord')], max_length=20)),
                    ('uid', models.CharField(help_text="The provider's own id of the person, which never changes.", max_length=255)),
                    ('email', models.EmailField(blank=True, help_text='Their address there when it was linked.', max_length=254)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('used_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('provider', 'uid'), name='social_account_once'), models.UniqueConstraint(fields=('user', 'provider'), name='social_account_one_a_provider')],
                },
            ),
            migrations.CreateModel(
                name='WebhookTarget',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhook_targets', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(help_text='What it is for, in words that its owner knows.', max_length=150)),
                    ('url', models.URLField(max_length=500)),
                    ('secret', config.core.fields.EncryptedTextField(editable=False, help_text='whsec_…, shown once to its owner.')),
                    ('claim', models.UUIDField(blank=True, editable=False, null=True)),
                    ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('paused_until', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('failing_since', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('told_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('ended_at', models.DateTimeField(blank=True, editable=False, help_text='Nothing is sent any more.', null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['owner', '-id'], name='webhook_targets_of_owner')],
                },
            ),
            migrations.CreateModel(
                name='WebhookMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='accounts.webhooktarget')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, help_text='As msg_… the webhook-id.', unique=True)),
                    ('event_type', models.CharField(max_length=60)),
                    ('about', models.CharField(blank=True, help_text='Of what it tells, such as order-17.', max_length=60)),
                    ('body', models.TextField(help_text='JSON, as it is signed and sent.')),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('given_up', 'Given Up')], default='waiting', max_length=10)),
                    ('attempts', models.PositiveIntegerField(default=0)),
                    ('next_try_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('error', models.CharField(blank=True, max_length=200)),
                    ('answer_status', models.PositiveSmallIntegerField(blank=True, help_text='Of the last answer.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('sent_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_try_at'], name='webhook_messages_due'), models.Index(condition=models.Q(('state', 'waiting')), fields=['target', 'id'], name='webhook_messages_open'), models.Index(fields=['target', '-id'], name='webhook_messages_of_target')],
                },
            ),
        ),
    ]
