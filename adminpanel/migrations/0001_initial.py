import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import config.core.fields
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('marketplace', '0001_initial'),
    ]

    operations = [
        CreateModels(
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
            migrations.CreateModel(
                name='HomepageContent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content', models.JSONField(blank=True, default=dict)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'verbose_name_plural': 'homepage content',
                    'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_homepage')],
                },
            ),
            migrations.CreateModel(
                name='SliderModel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('model', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='marketplace.listing')),
                    ('position', models.PositiveIntegerField()),
                ],
                options={
                    'ordering': ('position', 'pk'),
                },
            ),
        ),
    ]
