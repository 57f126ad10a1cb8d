import uuid

import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='SignInFailure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.CharField(help_text="The account's id, or a digest of the name when there is none.", max_length=254)),
                    ('address', models.GenericIPAddressField()),
                    ('failed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['account', 'address', 'failed_at'], name='sign_in_failures')],
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
                    ('email', models.EmailField(max_length=254)),
                    ('user_type', models.CharField(choices=[('buyer', 'Buyer'), ('artist', 'Artist'), ('creator', 'Creator'), ('admin', 'Admin')], default='buyer', max_length=10)),
                    ('phone_number', models.CharField(blank=True, max_length=30)),
                    ('profile_image', models.FileField(blank=True, upload_to='profiles/')),
                    ('is_verified', models.BooleanField(default=False, help_text='Staff have checked who this is.')),
                    ('email_verified_at', models.DateTimeField(blank=True, null=True)),
                    ('credentials_version', models.PositiveIntegerField(default=1, editable=False, help_text='Raised to end every session and token of the account.')),
                    ('spent', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text="Paid less refunds, in the art market's currency.", max_digits=14)),
                    ('earned', config.core.fields.MoneyField(decimal_places=3, default=0, editable=False, help_text="Credited net of fees, in the art market's currency.", max_digits=14)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='user_newest'), models.Index(fields=['user_type', '-created_at'], name='user_by_type'), models.Index(fields=['spent'], name='user_spent'), models.Index(fields=['last_login'], name='user_last_login')],
                    'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique'), models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_unique')],
                },
                managers=[
                    ('objects', django.contrib.auth.models.UserManager()),
                ],
            ),
            migrations.CreateModel(
                name='ArtistProfile',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='artist_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('bio', models.CharField(blank=True, max_length=1000)),
                    ('skills', models.TextField(blank=True, help_text='Separated by commas.')),
                    ('experience_level', models.CharField(choices=[('beginner', 'Beginner'), ('intermediate', 'Intermediate'), ('expert', 'Expert')], max_length=20)),
                    ('hourly_rate', models.DecimalField(decimal_places=2, max_digits=10, validators=[django.core.validators.MinValueValidator(0)])),
                    ('portfolio_description', models.CharField(blank=True, max_length=2000)),
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
                    ('secret', config.core.fields.EncryptedTextField(help_text='Base32.')),
                    ('is_confirmed', models.BooleanField(default=False)),
                    ('last_step', models.BigIntegerField(default=-1, help_text='The time step of the last code accepted: none works twice.')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='authenticator', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='BackupCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64)),
                    ('used_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backup_codes', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'digest'), name='backup_code_unique')],
                },
            ),
            migrations.CreateModel(
                name='BuyerProfile',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='buyer_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('company_name', models.CharField(blank=True, max_length=200)),
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
                name='EndedAccessToken',
                fields=[
                    ('jti', models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ended_access_tokens', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='Follow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('followed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to=settings.AUTH_USER_MODEL)),
                    ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='following', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['followed', '-created_at', '-id'], name='followers_newest')],
                    'constraints': [models.UniqueConstraint(fields=('follower', 'followed'), name='follow_once'), models.CheckConstraint(condition=models.Q(('follower', models.F('followed')), _negated=True), name='follow_not_oneself')],
                },
            ),
            migrations.CreateModel(
                name='PendingSignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('failures', models.PositiveSmallIntegerField(default=0)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_sign_ins', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='ProfileView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('visitor', models.CharField(max_length=32)),
                    ('day', models.DateField()),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='profile_views', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'day', 'visitor'), name='profile_view_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='RefreshToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('family', models.UUIDField(db_index=True, default=uuid.uuid4)),
                    ('credentials_version', models.PositiveIntegerField()),
                    ('used_at', models.DateTimeField(blank=True, null=True)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refresh_tokens', to=settings.AUTH_USER_MODEL)),
                ],
            ),
        ),
    ]
