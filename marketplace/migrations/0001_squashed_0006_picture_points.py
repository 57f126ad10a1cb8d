"""The whole of the six that it replaces. Databases that have those have this."""

import uuid
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
import config.core.storage
import config.core.text_search
from config.core.migrating import CreateModels

_search = import_module("marketplace.migrations.0002_search")
_gates = import_module("marketplace.migrations.0003_gates")


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('marketplace', '0001_initial'),
        ('marketplace', '0002_search'),
        ('marketplace', '0003_gates'),
        ('marketplace', '0004_ranges_of_staff'),
        ('marketplace', '0005_shape_descriptions'),
        ('marketplace', '0006_picture_points'),
    ]

    dependencies = [
        ('accounts', '0001_initial'),
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
                    ('progress', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text='Percent of the analysis that is done.')),
                    ('views', models.JSONField(blank=True, db_default=[], default=list, help_text='Names of stored public pictures, drawn from further sides.')),
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
                    ('evidence_picture', models.FileField(blank=True, db_default='', help_text='The shape, drawn with what agrees with the other one marked. For its owner and moderators.', max_length=255, storage=config.core.storage.private_storage, upload_to='')),
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
                    ('tags_key', config.core.text_search.SearchKey('tags')),
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
                    ('comments_count', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='With the answers.')),
                    ('downloads_count', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='Bought and paid, the free ones included.')),
                    ('is_trending', models.BooleanField(db_default=False, default=False)),
                    ('trending_score', models.FloatField(db_default=0, default=0, editable=False, help_text='What happens with it, the older the less; kept by beat.')),
                    ('approved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', '-created_at', '-id'], name='listed_newest'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'price', 'id'], name='listed_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'views_count', 'id'], name='listed_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'likes_count', 'id'], name='listed_likes'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', '-created_at', '-id'], name='listed_category'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'price', 'id'], name='category_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'views_count', 'id'], name='category_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR')), fields=['kind', 'category', 'likes_count', 'id'], name='category_likes'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', '-created_at', '-id'], name='listed_featured'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'price', 'id'], name='featured_price'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'views_count', 'id'], name='featured_views'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('is_featured', True)), fields=['kind', 'likes_count', 'id'], name='featured_likes'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['-likes_count', '-views_count', '-id'], name='models_popular'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['-downloads_count', '-id'], name='models_downloads'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['-rating', '-id'], name='models_rating'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['-is_trending', '-trending_score', '-downloads_count', '-id'], name='models_trending'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['category', '-likes_count', '-views_count', '-id'], name='category_models_popular'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['category', '-downloads_count', '-id'], name='category_models_downloads'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['category', '-rating', '-id'], name='category_models_rating'), models.Index(condition=models.Q(('is_available', True), ('seller_is_active', True), ('status', 'approved'), models.Q(('stock__isnull', True), ('stock__gt', 0), _connector='OR'), ('kind', 'model')), fields=['category', '-is_trending', '-trending_score', '-downloads_count', '-id'], name='category_models_trending'), models.Index(condition=models.Q(('kind', 'model')), fields=['-downloads_count', '-id'], name='models_most_downloaded'), models.Index(fields=['seller', '-created_at', '-id'], name='listing_of_seller'), models.Index(fields=['kind', 'status', '-created_at', '-id'], name='listing_moderation'), models.Index(fields=['kind', '-created_at', '-id'], name='listing_newest'), models.Index(condition=models.Q(('kind', 'equipment')), fields=['-created_at', '-id'], name='equipment_newest'), models.Index(condition=models.Q(('kind', 'equipment')), fields=['stock', 'id'], name='equipment_stock'), models.Index(fields=['kind', 'price', 'id'], name='listing_price')],
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
                    ('trending_fixed', models.BooleanField(blank=True, editable=False, help_text='Whether it is trending, as staff say; empty: as figures say.', null=True)),
                    ('is_pinned', models.BooleanField(default=False, help_text="Shown first on its seller's own page.")),
                    ('thumbnail', models.FileField(blank=True, db_default='', help_text="Its maker's own; else the one drawn of its file.", max_length=255, upload_to='')),
                    ('pictures', models.JSONField(blank=True, db_default=[], default=list, help_text='Names of stored public pictures.')),
                    ('further_formats', models.JSONField(blank=True, db_default=[], default=list, editable=False, help_text='Of the files beside the main one: fbx, blend.')),
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
                name='Collection',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to=settings.AUTH_USER_MODEL)),
                    ('name', models.CharField(max_length=120)),
                    ('description', models.TextField(blank=True, max_length=2000)),
                    ('is_public', models.BooleanField(default=True)),
                    ('models_count', models.PositiveIntegerField(default=0, editable=False, help_text='On sale or not.')),
                    ('views_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('followers_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_public', True)), fields=['-created_at', '-id'], name='collections_newest'), models.Index(fields=['owner', '-created_at', '-id'], name='collections_of_owner')],
                },
            ),
            migrations.CreateModel(
                name='CollectionItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='marketplace.collection')),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='collected', to='marketplace.listing')),
                    ('position', models.PositiveIntegerField(default=0, help_text='The lowest is shown first.')),
                    ('added_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(fields=['collection', 'position', 'added_at', 'id'], name='items_of_collection')],
                    'constraints': [models.UniqueConstraint(fields=('collection', 'listing'), name='collected_once')],
                },
            ),
            migrations.CreateModel(
                name='CollectionFollower',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to='marketplace.collection')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followed_collections', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('collection', 'user'), name='collection_followed_once')],
                },
            ),
            migrations.CreateModel(
                name='ListingComment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='marketplace.listingcomment')),
                    ('root', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='thread', to='marketplace.listingcomment')),
                    ('number', models.PositiveIntegerField(blank=True, editable=False, help_text='In its thread, from 1.', null=True)),
                    ('answers_count', models.PositiveIntegerField(default=0, editable=False, help_text='In the thread that it begins.')),
                    ('content', models.TextField(max_length=2000)),
                    ('likes_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('removed_at', models.DateTimeField(blank=True, editable=False, help_text='What it says is not shown.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='marketplace.listing')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listing_comments', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('parent__isnull', True)), fields=['listing', '-created_at', '-id'], name='comments_newest'), models.Index(fields=['author', '-created_at'], name='comments_of_author')],
                    'constraints': [models.UniqueConstraint(fields=('root', 'number'), name='comment_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('parent__isnull', True), ('root__isnull', True)), models.Q(('number__gte', 1), ('parent__isnull', False), ('root__isnull', False)), _connector='OR'), name='comment_in_a_thread'), models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='comment_not_under_itself')],
                },
            ),
            migrations.CreateModel(
                name='ModelVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='marketplace.model3d')),
                    ('number', models.PositiveIntegerField()),
                    ('mesh', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='marketplace.meshfile')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('model', 'number'), name='model_version_once')],
                },
            ),
            migrations.CreateModel(
                name='UploadedFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to=settings.AUTH_USER_MODEL)),
                    ('kind', models.CharField(choices=[('model', 'Model'), ('image', 'Image'), ('avatar', 'Avatar'), ('document', 'Document')], max_length=10)),
                    ('storage', models.CharField(choices=[('default', 'public'), ('private', 'private')], max_length=10)),
                    ('stored', models.CharField(max_length=255)),
                    ('file_name', models.CharField(help_text='As its owner calls it.', max_length=200)),
                    ('content_type', models.CharField(max_length=100)),
                    ('format', models.CharField(help_text='As names of such files end.', max_length=10)),
                    ('byte_size', models.PositiveBigIntegerField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('mesh', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='marketplace.meshfile')),
                    ('listing', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='uploads', to='marketplace.listing')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(fields=['owner', '-created_at'], name='uploads_of_owner'), models.Index(condition=models.Q(('listing__isnull', True), ('mesh__isnull', True)), fields=['created_at'], name='uploads_unused')],
                },
            ),
            migrations.CreateModel(
                name='PartedUpload',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('kind', models.CharField(choices=[('model', 'Model'), ('image', 'Image'), ('avatar', 'Avatar'), ('document', 'Document')], max_length=10)),
                    ('file_name', models.CharField(max_length=200)),
                    ('byte_size', models.PositiveBigIntegerField()),
                    ('part_size', models.PositiveIntegerField()),
                    ('sha256', models.CharField(blank=True, help_text='Of the whole file, if its owner said it.', max_length=64)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('joining', 'its parts are being put together'), ('complete', 'Complete')], default='open', max_length=10)),
                    ('claimed_until', models.DateTimeField(blank=True, help_text='While its parts are being put together.', null=True)),
                    ('upload', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='marketplace.uploadedfile')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['owner', 'state'], name='parted_uploads_of_owner')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('byte_size__gte', 1), ('part_size__gte', 1)), name='parted_upload_sizes')],
                },
            ),
            migrations.CreateModel(
                name='UploadPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('parted', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='marketplace.partedupload')),
                    ('number', models.PositiveIntegerField()),
                    ('byte_size', models.PositiveIntegerField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('stored', models.CharField(max_length=255)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('parted', 'number'), name='upload_part_once')],
                },
            ),
            migrations.CreateModel(
                name='Appeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('picture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='marketplace.picture')),
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
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('picture',), name='appeal_one_open'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('mesh',), name='appeal_one_open_mesh'), models.CheckConstraint(condition=models.Q(models.Q(('mesh__isnull', True), ('picture__isnull', False)), models.Q(('mesh__isnull', False), ('picture__isnull', True)), _connector='OR'), name='appeal_about_one')],
                },
            ),
            migrations.CreateModel(
                name='Artwork',
                fields=[
                    ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='artwork', serialize=False, to='marketplace.listing')),
                    ('artwork_type', models.CharField(choices=[('digital', 'Digital'), ('physical', 'Physical'), ('mixed', 'Mixed')], max_length=10)),
                    ('edition_size', models.PositiveIntegerField(blank=True, help_text='Empty for an open edition.', null=True)),
                    ('picture', models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='marketplace.picture')),
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
                    ('codes', models.BinaryField(default=b'', help_text='Of its local points, what every search looks at.')),
                    ('describe_attempts', models.PositiveSmallIntegerField(default=0)),
                    ('fingerprint_version', models.PositiveSmallIntegerField(default=0, help_text='0: described before local points were kept, or not described yet.')),
                    ('points', models.BinaryField(default=b'', help_text='The rest of its local points.')),
                    ('tones', models.PositiveSmallIntegerField(default=0, help_text='Percent of it that three tones cover.')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('check_state', 'done'), _negated=True), fields=['created_at'], name='pictures_to_check'), models.Index(condition=models.Q(('watermarked', '')), fields=['created_at'], name='pictures_unrendered'), models.Index(condition=models.Q(('verdict', 'held')), fields=['artwork'], name='pictures_held'), models.Index(fields=['similarity_score'], name='pictures_by_score'), models.Index(condition=models.Q(('check_state', 'done'), ('fingerprint_version', 0)), fields=['check_claimed_until'], name='pictures_to_describe')],
                },
            ),
            migrations.CreateModel(
                name='ComparedPicture',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('picture', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='compared', to='marketplace.picture')),
                ],
            ),
            migrations.CreateModel(
                name='UploadUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='marketplace.uploadedfile')),
                    ('by', models.CharField(help_text='What refers to it: post:5:image_url.', max_length=60)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('by', 'upload'), name='upload_used_once_by')],
                },
            ),
            migrations.CreateModel(
                name='ShapeDescription',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveSmallIntegerField(editable=False)),
                    ('codes', models.BinaryField(help_text='What is searched: see marketplace.meshes.results.Shape. Of some files, none.')),
                    ('character', models.JSONField(help_text='How much it has of its own: see marketplace.meshes.results.Character.')),
                    ('data', models.BinaryField(help_text='What is laid over another shape; empty where the file could not be described.')),
                    ('mesh', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='shape', to='marketplace.meshfile')),
                ],
            ),
        ),
        *_search.STEPS,
        migrations.RunPython(_gates.open_gates, migrations.RunPython.noop),
    ]
