import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.core.fields
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='AuditEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('action', models.CharField(help_text='What was done, such as artwork.approve.', max_length=60)),
                    ('target_type', models.CharField(max_length=40)),
                    ('target_id', models.CharField(max_length=40)),
                    ('before', models.JSONField(default=dict)),
                    ('after', models.JSONField(default=dict)),
                    ('address', models.GenericIPAddressField(null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ],
                options={
                    'verbose_name_plural': 'audit entries',
                    'indexes': [models.Index(fields=['target_type', 'target_id'], name='audit_of_target')],
                },
            ),
            migrations.CreateModel(
                name='DiscardedFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('storage', models.CharField(choices=[('default', 'public'), ('private', 'private')], max_length=10)),
                    ('name', models.CharField(max_length=255)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
            ),
            migrations.CreateModel(
                name='IdempotentCall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('key', models.CharField(max_length=255)),
                    ('operation', models.CharField(help_text="A route's name, such as cultureup.orders.create.", max_length=100)),
                    ('fingerprint', models.CharField(help_text='Keyed digest of the operation, its path and its body.', max_length=64)),
                    ('made_label', models.CharField(blank=True, help_text='Of the model of what it made or changed.', max_length=100)),
                    ('made_id', models.CharField(blank=True, max_length=64)),
                    ('state', models.CharField(blank=True, help_text='How far it came, where there are several steps.', max_length=100)),
                    ('status', models.PositiveSmallIntegerField(help_text='Of the answer; empty before it.', null=True)),
                    ('body', config.core.fields.EncryptedJSONField(help_text='Answers hold account numbers and client secrets.', null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('answered_at', models.DateTimeField(db_index=True, null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='call_key_unique')],
                },
            ),
            migrations.CreateModel(
                name='NumberSeries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=20)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('last', models.PositiveIntegerField(default=0)),
                ],
                options={
                    'verbose_name_plural': 'number series',
                    'constraints': [models.UniqueConstraint(fields=('name', 'year'), name='number_series_once')],
                },
            ),
        ),
    ]
