import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='AuditEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('action', models.CharField(help_text='What was done, such as artwork.approve.', max_length=60)),
                    ('target_type', models.CharField(max_length=40)),
                    ('target_id', models.CharField(max_length=40)),
                    ('before', models.JSONField(default=dict)),
                    ('after', models.JSONField(default=dict)),
                    ('address', models.GenericIPAddressField(null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name_plural': 'audit entries',
                    'indexes': [models.Index(fields=['target_type', 'target_id'], name='audit_of_target')],
                },
            ),
            migrations.CreateModel(
                name='DailyFigures',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('date', models.DateField(unique=True)),
                    ('total_users', models.PositiveIntegerField()),
                    ('total_artists', models.PositiveIntegerField()),
                    ('total_buyers', models.PositiveIntegerField()),
                    ('total_artworks', models.PositiveIntegerField()),
                    ('total_jobs', models.PositiveIntegerField()),
                    ('total_orders', models.PositiveIntegerField()),
                    ('total_revenue', config.core.fields.MoneyField(decimal_places=3, help_text="Completed payments less refunds, in the art market's currency.", max_digits=14)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'verbose_name_plural': 'daily figures',
                },
            ),
        ),
    ]
