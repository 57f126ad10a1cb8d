"""The whole of the six that it replaces. Databases that have those have this."""

import uuid
from importlib import import_module

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
import config.core.storage
import config.core.text_search
from config.core.migrating import CreateModels, add_triples, add_words

_search = import_module("community.migrations.0002_search")
_articles = import_module("community.migrations.0003_first_help_articles")


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('community', '0001_initial'),
        ('community', '0002_search'),
        ('community', '0003_first_help_articles'),
        ('community', '0004_mail_refusals_moved'),
        ('community', '0005_ranges_of_staff'),
        ('community', '0006_ticket_subjects'),
    ]

    dependencies = [
        ('accounts', '0003_doors_and_data'),
        ('commerce', '0001_squashed_0003_receipts_and_refunds'),
        ('jobs', '0001_initial'),
        ('marketplace', '0001_squashed_0006_picture_points'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='Block',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('blocker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to=settings.AUTH_USER_MODEL)),
                    ('blocked', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('blocker', 'blocked'), name='block_once'), models.CheckConstraint(condition=models.Q(('blocker', models.F('blocked')), _negated=True), name='block_not_oneself')],
                },
            ),
            migrations.CreateModel(
                name='ChatSession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chat_sessions', to=settings.AUTH_USER_MODEL)),
                    ('model', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='marketplace.model3d')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='When it was last written in.')),
                    ('is_about_a_model', models.BooleanField(default=False, help_text='Stays when the model is gone.')),
                    ('claim', models.UUIDField(blank=True, help_text='Whose answer is being made now.', null=True)),
                    ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-updated_at', '-id'], name='chats_of_user')],
                },
            ),
            migrations.CreateModel(
                name='Conversation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('last_message_at', models.DateTimeField(editable=False, help_text='Empty: nobody has written yet; a block was made.', null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['first', '-last_message_at', '-id'], name='conversations_of_first'), models.Index(fields=['second', '-last_message_at', '-id'], name='conversations_of_second')],
                    'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='conversation_of_two'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='conversation_in_order')],
                },
            ),
            migrations.CreateModel(
                name='SupportTicket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(help_text='TICK-<year>-<number>', max_length=20, unique=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='support_tickets', to=settings.AUTH_USER_MODEL)),
                    ('purchase', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='support_tickets', to='commerce.orderline')),
                    ('issue_type', models.CharField(choices=[('download_problem', 'Download Problem'), ('quality_issue', 'Quality Issue'), ('refund_request', 'Refund Request'), ('other', 'Other'), ('payment', 'Payment'), ('technical', 'Technical'), ('account', 'Account')], max_length=20)),
                    ('subject', models.CharField(max_length=200)),
                    ('description', models.TextField(max_length=5000)),
                    ('priority', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High'), ('urgent', 'Urgent')], default='medium', max_length=10)),
                    ('status', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='open', editable=False, max_length=15)),
                    ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('assigned_name', models.CharField(blank=True, help_text='Who looks after it, where that is no account of staff.', max_length=150)),
                    ('urgency', models.GeneratedField(db_persist=True, expression=models.Case(models.When(priority='low', then=models.Value(0)), models.When(priority='medium', then=models.Value(1)), models.When(priority='high', then=models.Value(2)), models.When(priority='urgent', then=models.Value(3)), default=models.Value(1)), output_field=models.SmallIntegerField())),
                    ('estimated_resolution', models.DateTimeField(blank=True, help_text='As told when it was opened.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('resolved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('subject_key', config.core.text_search.SearchKey('subject')),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='tickets_of_user'), models.Index(fields=['user', '-updated_at', '-id'], name='tickets_of_user_changed'), models.Index(fields=['status', '-created_at', '-id'], name='tickets_by_status'), models.Index(fields=['priority', '-resolved_at'], name='tickets_resolved'), models.Index(fields=['purchase', '-created_at'], name='tickets_of_purchase'), models.Index(fields=['-urgency', 'updated_at', 'id'], name='tickets_urgent_first'), models.Index(fields=['status', '-urgency', 'updated_at', 'id'], name='tickets_urgent_by_status'), models.Index(condition=models.Q(('assigned_name', ''), _negated=True), fields=['assigned_name'], name='tickets_of_name'), models.Index(fields=['-created_at', '-id'], name='tickets_newest')],
                },
            ),
            migrations.CreateModel(
                name='ChatMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='community.chatsession')),
                    ('author', models.CharField(choices=[('user', 'User'), ('assistant', 'Assistant')], max_length=10)),
                    ('content', models.TextField()),
                    ('answered_by', models.CharField(blank=True, max_length=100)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['session', 'created_at', 'id'], name='chat_messages_in_order')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='community.conversation')),
                    ('sender', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages_sent', to=settings.AUTH_USER_MODEL)),
                    ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages_received', to=settings.AUTH_USER_MODEL)),
                    ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='jobs.job')),
                    ('content', models.CharField(max_length=5000)),
                    ('attachment', models.FileField(blank=True, max_length=255, storage=config.core.storage.private_storage, upload_to='')),
                    ('attachment_name', models.CharField(blank=True, help_text='As its sender called it.', max_length=150)),
                    ('attachment_type', models.CharField(blank=True, help_text='The media type its content has.', max_length=100)),
                    ('attachments', models.JSONField(blank=True, default=list)),
                    ('is_read', models.BooleanField(default=False)),
                    ('read_at', models.DateTimeField(blank=True, null=True)),
                    ('edited_at', models.DateTimeField(blank=True, null=True)),
                    ('hidden_for_sender', models.BooleanField(default=False)),
                    ('hidden_for_receiver', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(fields=['conversation', '-created_at', '-id'], name='messages_of_conversation'), models.Index(fields=['sender', '-created_at', '-id'], name='messages_by_sender'), models.Index(fields=['receiver', '-created_at', '-id'], name='messages_to_receiver'), models.Index(condition=models.Q(('is_read', False)), fields=['receiver', 'sender'], name='messages_unread')],
                },
            ),
            migrations.CreateModel(
                name='TicketChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='community.supportticket')),
                    ('before', models.CharField(blank=True, choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('resolved', 'Resolved'), ('closed', 'Closed')], max_length=15)),
                    ('after', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('resolved', 'Resolved'), ('closed', 'Closed')], max_length=15)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='TicketMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='community.supportticket')),
                    ('sender', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('by_staff', models.BooleanField()),
                    ('content', models.TextField(max_length=5000)),
                    ('attachments', models.JSONField(blank=True, default=list)),
                    ('is_first', models.BooleanField(db_default=False, default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['ticket', 'created_at', 'id'], name='ticket_messages_in_order')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_first', True)), fields=('ticket',), name='ticket_first_message_once')],
                },
            ),
            migrations.CreateModel(
                name='BlogPost',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blog_posts', to=settings.AUTH_USER_MODEL)),
                    ('title', models.CharField(max_length=200)),
                    ('content', models.TextField()),
                    ('excerpt', models.CharField(blank=True, max_length=500)),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('text_key', config.core.text_search.SearchKey('excerpt', 'content')),
                    ('featured_image', models.FileField(blank=True, max_length=255, upload_to='')),
                    ('category', models.CharField(choices=[('tutorials', 'Tutorials'), ('news', 'News'), ('updates', 'Updates')], max_length=10)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('views_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('likes_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('comments_count', models.PositiveIntegerField(default=0, editable=False, help_text='With the answers.')),
                    ('shares_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('read_time', models.PositiveIntegerField(default=1, editable=False, help_text='Minutes, from the number of words.')),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], default='draft', editable=False, max_length=10)),
                    ('is_featured', models.BooleanField(default=False)),
                    ('published_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('status', 'published')), fields=['-published_at', '-id'], name='posts_newest'), models.Index(condition=models.Q(('status', 'published')), fields=['category', '-published_at', '-id'], name='posts_by_category'), models.Index(condition=models.Q(('status', 'published'), ('is_featured', True)), fields=['-published_at', '-id'], name='posts_featured'), models.Index(fields=['status', '-created_at', '-id'], name='posts_by_status')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status', 'draft'), ('published_at__isnull', False), _connector='OR'), name='post_published_when')],
                },
            ),
            migrations.CreateModel(
                name='BlogLike',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='likes', to='community.blogpost')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blog_likes', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('post', 'user'), name='post_like_once')],
                },
            ),
            migrations.CreateModel(
                name='BlogShare',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='community.blogpost')),
                    ('platform', models.CharField(choices=[('copy', 'Copy'), ('twitter', 'Twitter'), ('facebook', 'Facebook'), ('linkedin', 'Linkedin'), ('email', 'Email')], max_length=10)),
                    ('count', models.PositiveIntegerField(default=0)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('post', 'platform'), name='post_shares_by_platform')],
                },
            ),
            migrations.CreateModel(
                name='BlogComment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='community.blogcomment')),
                    ('root', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='thread', to='community.blogcomment')),
                    ('number', models.PositiveIntegerField(blank=True, editable=False, help_text='In its thread, from 1.', null=True)),
                    ('answers_count', models.PositiveIntegerField(default=0, editable=False, help_text='In the thread that it begins.')),
                    ('content', models.TextField(max_length=2000)),
                    ('likes_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('removed_at', models.DateTimeField(blank=True, editable=False, help_text='What it says is not shown.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='community.blogpost')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blog_comments', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('parent__isnull', True)), fields=['post', '-created_at', '-id'], name='post_comments_newest')],
                    'constraints': [models.UniqueConstraint(fields=('root', 'number'), name='post_comment_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('parent__isnull', True), ('root__isnull', True)), models.Q(('number__gte', 1), ('parent__isnull', False), ('root__isnull', False)), _connector='OR'), name='post_comment_in_a_thread'), models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='post_comment_not_under_itself')],
                },
            ),
            migrations.CreateModel(
                name='EmailCampaign',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('subject', models.CharField(max_length=200)),
                    ('content', models.TextField()),
                    ('segment', models.CharField(choices=[('all', 'All'), ('creators', 'Creators'), ('buyers', 'Buyers')], max_length=10)),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('sent', 'Sent')], default='draft', editable=False, max_length=10)),
                    ('scheduled_at', models.DateTimeField(blank=True, null=True)),
                    ('sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('recipients_count', models.PositiveIntegerField(default=0, editable=False, help_text='As selected when it was sent.')),
                    ('opened_count', models.PositiveIntegerField(default=0, editable=False, help_text='People, not openings.')),
                    ('clicked_count', models.PositiveIntegerField(default=0, editable=False, help_text='People, not clicks.')),
                    ('bounced_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('unsubscribed_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('mailed_up_to', models.BigIntegerField(default=0, editable=False)),
                    ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('finished_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='email_campaigns_newest'), models.Index(fields=['status', '-created_at', '-id'], name='email_campaigns_by_status'), models.Index(condition=models.Q(('status', 'scheduled')), fields=['scheduled_at'], name='email_campaigns_scheduled'), models.Index(condition=models.Q(('finished_at__isnull', True), ('status', 'sent')), fields=['sent_at'], name='email_campaigns_going_out')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'scheduled'), _negated=True), ('scheduled_at__isnull', False), _connector='OR'), name='campaign_scheduled_when'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='campaign_sent_when')],
                },
            ),
            migrations.CreateModel(
                name='CampaignRecipient',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='community.emailcampaign')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('delivery', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='campaign_recipient', to='accounts.delivery')),
                    ('opened_at', models.DateTimeField(blank=True, null=True)),
                    ('clicked_at', models.DateTimeField(blank=True, null=True)),
                    ('bounced_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('campaign', 'user'), name='campaign_once_a_person')],
                },
            ),
            migrations.CreateModel(
                name='Community',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100)),
                    ('name_key', config.core.fields.FoldedField(editable=False, max_length=762, of='name', unique=True)),
                    ('description', models.TextField(max_length=5000)),
                    ('search_key', config.core.text_search.SearchKey('name')),
                    ('description_key', config.core.text_search.SearchKey('description')),
                    ('icon', models.CharField(help_text='An emoji or an address.', max_length=300)),
                    ('banner_gradient', models.CharField(max_length=200)),
                    ('category', models.CharField(max_length=50)),
                    ('creator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='communities_made', to=settings.AUTH_USER_MODEL)),
                    ('member_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('post_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('status', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('suspended', 'Suspended')], default='pending', editable=False, max_length=10)),
                    ('is_private', models.BooleanField(default=False)),
                    ('require_approval', models.BooleanField(default=False)),
                    ('rules', models.JSONField(blank=True, default=list)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'verbose_name_plural': 'communities',
                    'indexes': [models.Index(fields=['status', '-member_count', '-id'], name='communities_largest'), models.Index(fields=['status', 'category', '-member_count', '-id'], name='communities_of_category'), models.Index(fields=['status', '-created_at', '-id'], name='communities_by_status'), models.Index(fields=['-created_at', '-id'], name='communities_newest')],
                },
            ),
            migrations.CreateModel(
                name='CommunityChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('community', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='community.community')),
                    ('before', models.CharField(blank=True, choices=[('pending', 'Pending'), ('active', 'Active'), ('suspended', 'Suspended')], max_length=10)),
                    ('after', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('suspended', 'Suspended')], max_length=10)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='CommunityMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('community', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='community.community')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                    ('role', models.CharField(choices=[('member', 'Member'), ('moderator', 'Moderator'), ('admin', 'Admin')], default='member', max_length=10)),
                    ('rank', models.PositiveSmallIntegerField(default=2, editable=False, help_text='0 admin, 1 moderator, 2 member.')),
                    ('status', models.CharField(choices=[('active', 'Active'), ('pending', 'Pending'), ('invited', 'Invited'), ('banned', 'Banned'), ('left', 'Left')], default='active', max_length=10)),
                    ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='When the status last changed.')),
                ],
                options={
                    'indexes': [models.Index(fields=['community', 'status', 'rank', 'joined_at', 'id'], name='community_members_in_order'), models.Index(fields=['community', 'status', 'role', 'joined_at', 'id'], name='community_members_of_role'), models.Index(fields=['community', 'changed_at', 'id'], name='community_members_changed')],
                    'constraints': [models.UniqueConstraint(fields=('community', 'user'), name='community_member_once')],
                },
            ),
            migrations.CreateModel(
                name='CommunityPost',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('community', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='community.community')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='community_posts', to=settings.AUTH_USER_MODEL)),
                    ('content', models.TextField(max_length=5000)),
                    ('image_url', models.CharField(blank=True, max_length=1000)),
                    ('model_url', models.CharField(blank=True, max_length=1000)),
                    ('likes', models.PositiveIntegerField(default=0, editable=False)),
                    ('loves', models.PositiveIntegerField(default=0, editable=False)),
                    ('wows', models.PositiveIntegerField(default=0, editable=False)),
                    ('fires', models.PositiveIntegerField(default=0, editable=False)),
                    ('comment_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('share_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('popularity', models.PositiveIntegerField(default=0, editable=False)),
                    ('is_pinned', models.BooleanField(default=False)),
                    ('is_deleted', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_deleted', False)), fields=['community', '-is_pinned', '-created_at', '-id'], name='community_posts_recent'), models.Index(condition=models.Q(('is_deleted', False)), fields=['community', '-popularity', '-created_at', '-id'], name='community_posts_popular'), models.Index(condition=models.Q(('is_deleted', False)), fields=['author', '-created_at', '-id'], name='community_posts_by_author'), models.Index(condition=models.Q(('is_deleted', False)), fields=['community', 'author', '-is_pinned', '-created_at', '-id'], name='community_posts_of_author'), models.Index(fields=['community', 'changed_at', 'id'], name='community_posts_changed')],
                },
            ),
            migrations.CreateModel(
                name='PostReaction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reactions', to='community.communitypost')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reaction_type', models.CharField(choices=[('like', 'Like'), ('love', 'Love'), ('wow', 'Wow'), ('fire', 'Fire')], max_length=5)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('post', 'user'), name='post_reaction_once')],
                },
            ),
            migrations.CreateModel(
                name='PostComment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('community', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.community')),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='community.communitypost')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='post_comments', to=settings.AUTH_USER_MODEL)),
                    ('content', models.TextField(max_length=2000)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='community.postcomment')),
                    ('root', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='community.postcomment')),
                    ('likes', models.PositiveIntegerField(default=0, editable=False)),
                    ('is_deleted', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('root__isnull', True)), fields=['post', '-created_at', '-id'], name='post_comments_at_the_top'), models.Index(fields=['root', 'id'], name='post_comments_of_root'), models.Index(fields=['community', 'created_at', 'id'], name='post_comments_of_community')],
                },
            ),
            migrations.CreateModel(
                name='DocSection',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=100, unique=True)),
                    ('title', models.CharField(max_length=200)),
                    ('description', models.CharField(blank=True, max_length=500)),
                    ('content', models.TextField()),
                    ('position', models.IntegerField(default=0)),
                    ('is_published', models.BooleanField(default=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('is_published', True)), fields=['position', 'id'], name='docs_in_order')],
                },
            ),
            migrations.CreateModel(
                name='Course',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('instructor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to=settings.AUTH_USER_MODEL)),
                    ('title', models.CharField(max_length=200)),
                    ('description', models.TextField(max_length=10000)),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('description_key', config.core.text_search.SearchKey('description')),
                    ('thumbnail_url', models.URLField(max_length=500)),
                    ('video_url', models.URLField(max_length=500)),
                    ('duration', models.PositiveIntegerField(help_text='Minutes.', validators=[django.core.validators.MinValueValidator(1)])),
                    ('difficulty', models.CharField(choices=[('beginner', 'Beginner'), ('intermediate', 'Intermediate'), ('advanced', 'Advanced')], max_length=15)),
                    ('is_free', models.BooleanField(default=True)),
                    ('price', config.core.fields.MoneyField(decimal_places=3, default=0, max_digits=14)),
                    ('currency', models.CharField(max_length=3)),
                    ('views_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='courses_newest'), models.Index(fields=['difficulty', '-created_at', '-id'], name='courses_by_difficulty'), models.Index(fields=['is_free', '-created_at', '-id'], name='courses_by_price')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('is_free', True), ('price', 0)), models.Q(('is_free', False), ('price__gt', 0)), _connector='OR'), name='course_free_or_priced')],
                },
            ),
            migrations.CreateModel(
                name='Tutorial',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('content', models.TextField()),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('content_key', config.core.text_search.SearchKey('content')),
                    ('category', models.CharField(choices=[('Beginner', 'Beginner'), ('Intermediate', 'Intermediate'), ('Advanced', 'Advanced')], max_length=15)),
                    ('views_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('is_published', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='tutorials_newest'), models.Index(fields=['category', '-created_at', '-id'], name='tutorials_by_category'), models.Index(condition=models.Q(('is_published', True)), fields=['-created_at', '-id'], name='tutorials_published')],
                },
            ),
            migrations.CreateModel(
                name='Testimonial',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('author', models.CharField(max_length=120)),
                    ('company', models.CharField(blank=True, max_length=120)),
                    ('text', models.TextField(max_length=5000)),
                    ('rating', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                    ('is_verified', models.BooleanField(default=False)),
                    ('is_featured', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-is_featured', '-created_at', '-id'], name='testimonials_in_order'), models.Index(fields=['is_verified', '-is_featured', '-created_at', '-id'], name='testimonials_by_verified')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('rating__gte', 1), ('rating__lte', 5)), name='testimonial_rating_1_to_5')],
                },
            ),
            migrations.CreateModel(
                name='PageView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('post', 'Post'), ('tutorial', 'Tutorial'), ('course', 'Course')], max_length=10)),
                    ('page_id', models.PositiveBigIntegerField()),
                    ('visitor', models.CharField(max_length=32)),
                    ('day', models.DateField(db_index=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'page_id', 'day', 'visitor'), name='page_view_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='AbuseReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='abuse_reports', to=settings.AUTH_USER_MODEL)),
                    ('kind', models.CharField(choices=[('model', 'Model'), ('comment', 'comment on a model'), ('post', 'post in a community'), ('post_comment', 'comment on a post'), ('community', 'Community'), ('message', 'Message'), ('person', 'Person'), ('blog_comment', 'comment in the blog'), ('review', 'review of a buyer'), ('bounty', 'Bounty'), ('collection', 'Collection'), ('course', 'Course')], max_length=15)),
                    ('target_id', models.PositiveBigIntegerField()),
                    ('author', models.ForeignKey(help_text='Whose it is.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('excerpt', models.TextField(blank=True)),
                    ('reason', models.CharField(choices=[('spam', 'Spam'), ('harassment', 'Harassment'), ('hate', 'Hate'), ('sexual', 'Sexual'), ('violence', 'Violence'), ('copyright', 'Copyright'), ('fraud', 'Fraud'), ('other', 'Other')], max_length=15)),
                    ('details', models.TextField(blank=True, max_length=2000)),
                    ('status', models.CharField(choices=[('open', 'Open'), ('upheld', 'Upheld'), ('dismissed', 'Dismissed')], default='open', editable=False, max_length=10)),
                    ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('decided_at', models.DateTimeField(editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(fields=['status', 'created_at', 'id'], name='abuse_reports_in_order'), models.Index(fields=['kind', 'target_id', 'status'], name='abuse_reports_of_thing'), models.Index(fields=['author', 'created_at'], name='abuse_reports_of_author')],
                    'constraints': [models.UniqueConstraint(fields=('reporter', 'kind', 'target_id'), name='abuse_report_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='abuse_report_decided')],
                },
            ),
            migrations.CreateModel(
                name='HelpCategory',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=50, unique=True)),
                    ('icon', models.CharField(blank=True, help_text="Its name in the front-end's set, or an emoji.", max_length=50)),
                    ('position', models.IntegerField(default=0)),
                ],
                options={
                    'verbose_name_plural': 'help categories',
                },
            ),
            migrations.CreateModel(
                name='HelpArticle',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=100, unique=True)),
                    ('title', models.CharField(max_length=200)),
                    ('body', models.TextField()),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('body_key', config.core.text_search.SearchKey('body')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='articles', to='community.helpcategory')),
                    ('is_published', models.BooleanField(default=True)),
                    ('position', models.IntegerField(default=0)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['category', 'position', 'id'], name='help_in_order')],
                },
            ),
        ),
        *_search.STEPS,
        add_words("community_supportticket", {"subject_key": "A"}),
        add_triples("community_supportticket", "subject_key"),
        migrations.RunPython(_articles.write_articles, migrations.RunPython.noop),
    ]
