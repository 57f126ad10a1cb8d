import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
import config.core.storage
import config.core.text_search
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='Category',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100)),
                    ('description', models.TextField(blank=True)),
                    ('icon', models.CharField(default='📦', max_length=10)),
                    ('position', models.IntegerField(default=0, help_text='Nexus shows the lowest first.')),
                    ('is_active', models.BooleanField(default=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'verbose_name_plural': 'categories',
                    'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='category_name_unique')],
                },
            ),
            migrations.CreateModel(
                name='DuplicateGate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
            ),
            migrations.CreateModel(
                name='MeshFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('origin', models.ForeignKey(help_text='Whose shape it is a copy of, when refused as one; else the owner.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('original', models.FileField(max_length=255, storage=config.core.storage.private_storage, upload_to='')),
                    ('thumbnail', models.FileField(blank=True, max_length=255, upload_to='')),
                    ('preview', models.FileField(blank=True, help_text='A reduced GLB for viewers.', max_length=255, upload_to='')),
                    ('file_name', models.CharField(help_text='As its owner calls it.', max_length=200)),
                    ('format', models.CharField(choices=[('stl', 'STL'), ('obj', 'OBJ'), ('glb', 'GLB'), ('gltf', 'glTF'), ('3mf', '3MF'), ('ply', 'PLY')], max_length=10)),
                    ('byte_size', models.PositiveBigIntegerField()),
                    ('sha256', models.CharField(db_index=True, max_length=64)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'failed: the file cannot be read')], default='waiting', max_length=10)),
                    ('claim', models.UUIDField(blank=True, help_text='Who is analysing it now.', null=True)),
                    ('claimed_until', models.DateTimeField(blank=True, null=True)),
                    ('attempts', models.PositiveIntegerField(default=0)),
                    ('error', models.CharField(blank=True, help_text='What is wrong with the file, or with the last try.', max_length=300)),
                    ('analysed_at', models.DateTimeField(blank=True, null=True)),
                    ('triangle_count', models.PositiveIntegerField(blank=True, null=True)),
                    ('vertex_count', models.PositiveIntegerField(blank=True, null=True)),
                    ('part_count', models.PositiveIntegerField(blank=True, null=True)),
                    ('bounds', models.JSONField(blank=True, help_text='[[x, y, z], [x, y, z]]: lowest and highest corner.', null=True)),
                    ('volume_mm3', models.FloatField(blank=True, help_text='Empty when the mesh is not closed.', null=True)),
                    ('surface_mm2', models.FloatField(blank=True, null=True)),
                    ('wall_mm', models.FloatField(blank=True, help_text='Thickness that 95 % of the measured walls exceed.', null=True)),
                    ('is_watertight', models.BooleanField(blank=True, null=True)),
                    ('is_convex', models.BooleanField(blank=True, null=True)),
                    ('has_materials', models.BooleanField(default=False)),
                    ('has_textures', models.BooleanField(default=False)),
                    ('has_rigging', models.BooleanField(default=False)),
                    ('has_animations', models.BooleanField(default=False)),
                    ('texture_pixels', models.PositiveIntegerField(blank=True, help_text='Longest side of the largest one.', null=True)),
                    ('notes', models.JSONField(blank=True, default=list, help_text='About printing it: {"code", "level", "text"} each.')),
                    ('suggestions', models.JSONField(blank=True, default=list, help_text='Labels found in its shape: see marketplace.meshes.results.Suggestion.')),
                    ('fingerprint', models.BinaryField(default=b'', help_text='See marketplace.meshes.fingerprint.')),
                    ('shape_elongation', models.FloatField(blank=True, null=True)),
                    ('shape_flatness', models.FloatField(blank=True, null=True)),
                    ('shape_compactness', models.FloatField(blank=True, null=True)),
                    ('total_compared', models.PositiveIntegerField(default=0)),
                    ('similarity_score', models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                    ('matched', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='marketplace.meshfile')),
                    ('evidence', models.JSONField(blank=True, default=dict)),
                    ('verdict', models.CharField(choices=[('unchecked', 'Unchecked'), ('passed', 'Passed'), ('held', 'Held'), ('refused', 'Refused'), ('cleared', 'cleared by a moderator')], default='unchecked', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['created_at'], name='meshes_to_analyse'), models.Index(condition=models.Q(('state', 'done')), fields=['shape_flatness'], name='meshes_by_shape'), models.Index(fields=['owner', '-created_at', '-id'], name='meshes_of_owner')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('part_count__gte', 1), ('triangle_count__gte', 1), ('vertex_count__gte', 3)), _connector='OR'), name='mesh_measured')],
                },
            ),
            migrations.CreateModel(
                name='Listing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('artwork', 'Artwork'), ('model', 'Model'), ('equipment', 'Equipment')], editable=False, max_length=10)),
                    ('channel', models.CharField(editable=False, help_text='The dialect it was made in.', max_length=10)),
                    ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to=settings.AUTH_USER_MODEL)),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='marketplace.category')),
                    ('title', models.CharField(max_length=200)),
                    ('description', models.TextField(blank=True)),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('description_key', config.core.text_search.SearchKey('description')),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('price', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('currency', models.CharField(max_length=3)),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('pending', 'Pending'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('archived', 'Archived')], default='pending', editable=False, max_length=10)),
                    ('is_available', models.BooleanField(default=True, help_text="The seller's own switch.")),
                    ('seller_is_active', models.BooleanField(db_default=True, default=True, editable=False, help_text="The seller's account is in use. Kept here, so that no list needs a join.")),
                    ('is_featured', models.BooleanField(default=False)),
                    ('stock', models.PositiveIntegerField(blank=True, help_text='Pieces left; empty when there is no limit.', null=True)),
                    ('sold_count', models.PositiveIntegerField(default=0, editable=False, help_text='Pieces in orders that were not cancelled, paid or not.')),
                    ('views_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('likes_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('rating', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=3)),
                    ('rating_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('approved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', '-created_at', '-id'], name='listed_newest'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'price', 'id'], name='listed_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'views_count', 'id'], name='listed_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'likes_count', 'id'], name='listed_likes'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', '-created_at', '-id'], name='listed_category'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'price', 'id'], name='category_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'views_count', 'id'], name='category_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'likes_count', 'id'], name='category_likes'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', '-created_at', '-id'], name='listed_featured'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'price', 'id'], name='featured_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'views_count', 'id'], name='featured_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'likes_count', 'id'], name='featured_likes'), models.Index(fields=['seller', '-created_at', '-id'], name='listing_of_seller'), models.Index(fields=['kind', 'status', '-created_at', '-id'], name='listing_moderation'), models.Index(fields=['kind', '-created_at', '-id'], name='listing_newest'), models.Index(condition=models.Q(('kind', 'equipment')), fields=['-created_at', '-id'], name='equipment_newest'), models.Index(condition=models.Q(('kind', 'equipment')), fields=['price', 'id'], name='equipment_price'), models.Index(condition=models.Q(('kind', 'equipment')), fields=['stock', 'id'], name='equipment_stock')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='listing_price_positive'), models.CheckConstraint(condition=models.Q(('stock__isnull', True), ('stock__gte', 0), _connector='OR'), name='listing_stock_positive')],
                },
            ),
            migrations.CreateModel(
                name='Equipment',
                fields=[
                    ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='equipment', serialize=False, to='marketplace.listing')),
                    ('equipment_type', models.CharField(choices=[('frame', 'Frame'), ('paint', 'Paint'), ('brush', 'Brush'), ('canvas', 'Canvas'), ('other', 'Other')], max_length=10)),
                    ('image', models.FileField(blank=True, upload_to='equipment/')),
                ],
                options={
                    'verbose_name_plural': 'equipment',
                    'indexes': [models.Index(fields=['equipment_type', 'listing'], name='equipment_by_type')],
                },
                bases=('marketplace.listing',),
            ),
            migrations.CreateModel(
                name='Like',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='likes', to='marketplace.listing')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='likes', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['created_at'], name='likes_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('listing', 'user'), name='like_once')],
                },
            ),
            migrations.CreateModel(
                name='Model3D',
                fields=[
                    ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='model3d', serialize=False, to='marketplace.listing')),
                    ('mesh', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shown_by', to='marketplace.meshfile')),
                    ('original', models.ForeignKey(blank=True, help_text='The upload that it was made from, which shows the same file.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='designs', to='marketplace.model3d')),
                    ('licence', models.CharField(blank=True, choices=[('commercial', 'Commercial'), ('personal', 'Personal'), ('attribution', 'Attribution'), ('non-commercial', 'Non Commercial')], max_length=20)),
                    ('file_origin', models.CharField(blank=True, choices=[('original', 'Original'), ('modified', 'Modified'), ('commissioned', 'Commissioned')], max_length=20)),
                    ('is_own_work', models.BooleanField(blank=True, help_text='As its maker declared.', null=True)),
                    ('is_quality_assured', models.BooleanField(blank=True, help_text='As its maker declared.', null=True)),
                    ('technical_specs', models.TextField(blank=True)),
                    ('instructions', models.TextField(blank=True, help_text='How to print and use it.')),
                    ('subcategory', models.CharField(blank=True, max_length=100)),
                    ('project_name', models.CharField(blank=True, max_length=200)),
                    ('designer', models.CharField(blank=True, max_length=200)),
                    ('is_pinned', models.BooleanField(default=False, help_text="Shown first on its seller's own page.")),
                ],
                options={
                    'verbose_name': '3-D model',
                    'indexes': [models.Index(django.db.models.functions.text.Upper('subcategory'), condition=models.Q(('subcategory', ''), _negated=True), name='models_by_own_word')],
                },
                bases=('marketplace.listing',),
            ),
            migrations.CreateModel(
                name='StatusChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='marketplace.listing')),
                    ('before', models.CharField(blank=True, choices=[('draft', 'Draft'), ('pending', 'Pending'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('archived', 'Archived')], max_length=10)),
                    ('after', models.CharField(choices=[('draft', 'Draft'), ('pending', 'Pending'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('archived', 'Archived')], max_length=10)),
                    ('reason', models.TextField(blank=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='View',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='views', to='marketplace.listing')),
                    ('visitor', models.CharField(max_length=32)),
                    ('day', models.DateField()),
                    ('country', models.CharField(blank=True, help_text='ISO 3166-1; empty where it is not known.', max_length=2)),
                ],
                options={
                    'indexes': [models.Index(fields=['day', 'listing', 'country'], name='views_by_day')],
                    'constraints': [models.UniqueConstraint(fields=('listing', 'day', 'visitor'), name='view_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='ModelLabel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='marketplace.model3d')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('position_x', models.FloatField()),
                    ('position_y', models.FloatField()),
                    ('position_z', models.FloatField()),
                    ('text', models.CharField(max_length=500)),
                    ('category', models.CharField(blank=True, choices=[('Material', 'Material'), ('Part', 'Part'), ('Function', 'Function'), ('Texture', 'Texture'), ('Dimension', 'Dimension'), ('Other', 'Other')], max_length=20, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['model', 'created_at', 'id'], name='labels_of_model')],
                },
            ),
            migrations.CreateModel(
                name='Appeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('mesh', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='marketplace.meshfile')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reason', models.TextField(max_length=2000)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('declined', 'Declined')], default='open', max_length=10)),
                    ('answer', models.TextField(blank=True)),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('mesh',), name='appeal_one_open_mesh')],
                },
            ),
            migrations.CreateModel(
                name='Artwork',
                fields=[
                    ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='artwork', serialize=False, to='marketplace.listing')),
                    ('artwork_type', models.CharField(choices=[('digital', 'Digital'), ('physical', 'Physical'), ('mixed', 'Mixed')], max_length=10)),
                    ('edition_size', models.PositiveIntegerField(blank=True, help_text='Empty for an open edition.', null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['artwork_type', 'listing'], name='artwork_by_type')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('edition_size__isnull', True), ('edition_size__gte', 1), _connector='OR'), name='artwork_edition_positive')],
                },
                bases=('marketplace.listing',),
            ),
            migrations.CreateModel(
                name='Picture',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('artwork', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='marketplace.artwork')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('origin', models.ForeignKey(help_text='Whose picture it is a copy of, when refused as one; else the owner.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('original', models.FileField(max_length=255, storage=config.core.storage.private_storage, upload_to='')),
                    ('watermarked', models.FileField(blank=True, max_length=255, upload_to='')),
                    ('content_type', models.CharField(max_length=50)),
                    ('width', models.PositiveIntegerField()),
                    ('height', models.PositiveIntegerField()),
                    ('byte_size', models.PositiveIntegerField()),
                    ('sha256', models.CharField(db_index=True, max_length=64)),
                    ('hashes', models.BinaryField(default=b'', help_text='32 bytes a view; empty until fingerprinted.')),
                    ('quality', models.PositiveSmallIntegerField(default=0)),
                    ('features', models.BinaryField(default=b'')),
                    ('labels', models.JSONField(blank=True, default=list)),
                    ('face_count', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('check_state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done')], default='waiting', max_length=10)),
                    ('check_claim', models.UUIDField(blank=True, help_text='Who is checking it now.', null=True)),
                    ('check_claimed_until', models.DateTimeField(blank=True, null=True)),
                    ('check_attempts', models.PositiveIntegerField(default=0)),
                    ('check_error', models.CharField(blank=True, max_length=200)),
                    ('checked_at', models.DateTimeField(blank=True, null=True)),
                    ('detector', models.CharField(blank=True, max_length=20)),
                    ('total_compared', models.PositiveIntegerField(default=0)),
                    ('similarity_score', models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                    ('matched', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='marketplace.listing')),
                    ('evidence', models.JSONField(blank=True, default=dict)),
                    ('verdict', models.CharField(choices=[('unchecked', 'Unchecked'), ('passed', 'Passed'), ('held', 'Held'), ('refused', 'Refused'), ('cleared', 'cleared by a moderator')], default='unchecked', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('check_state', 'done'), _negated=True), fields=['created_at'], name='pictures_to_check'), models.Index(condition=models.Q(('watermarked', '')), fields=['created_at'], name='pictures_unrendered'), models.Index(condition=models.Q(('verdict', 'held')), fields=['artwork'], name='pictures_held'), models.Index(fields=['similarity_score'], name='pictures_by_score')],
                },
            ),
            migrations.CreateModel(
                name='ComparedPicture',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('picture', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='compared', to='marketplace.picture')),
                ],
            ),
        ),
        migrations.AddField(
            model_name='appeal',
            name='picture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='marketplace.picture'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('picture',), name='appeal_one_open'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mesh__isnull', True), ('picture__isnull', False)), models.Q(('mesh__isnull', False), ('picture__isnull', True)), _connector='OR'), name='appeal_about_one'),
        ),
        migrations.AddField(
            model_name='artwork',
            name='picture',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='marketplace.picture'),
        ),
    ]
