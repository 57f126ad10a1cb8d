import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='icon',
            field=models.CharField(default='📦', max_length=10),
        ),
        migrations.AddField(
            model_name='category',
            name='position',
            field=models.IntegerField(default=0, help_text='Nexus shows the lowest first.'),
        ),
        migrations.CreateModel(
            name='ComparedPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('picture', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='compared', to='marketplace.picture')),
            ],
        ),
    ]
