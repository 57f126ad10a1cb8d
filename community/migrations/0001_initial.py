import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.storage
import config.core.text_search
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('commerce', '0001_initial'),
        ('jobs', '0001_initial'),
        ('marketplace', '0001_initial'),
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
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='conversation_of_two'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='conversation_in_order')],
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
                    ('category', models.CharField(blank=True, max_length=50)),
                    ('is_published', models.BooleanField(default=True)),
                    ('position', models.IntegerField(default=0)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['category', 'position', 'id'], name='help_in_order')],
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
                    ('estimated_resolution', models.DateTimeField(blank=True, help_text='As told when it was opened.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('resolved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='tickets_of_user'), models.Index(fields=['user', '-updated_at', '-id'], name='tickets_of_user_changed'), models.Index(fields=['status', '-created_at', '-id'], name='tickets_by_status'), models.Index(fields=['priority', '-resolved_at'], name='tickets_resolved'), models.Index(fields=['purchase', '-created_at'], name='tickets_of_purchase')],
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
                    ('content', models.CharField(max_length=2000)),
                    ('attachment', models.FileField(blank=True, max_length=255, storage=config.core.storage.private_storage, upload_to='')),
                    ('attachment_name', models.CharField(blank=True, help_text='As its sender called it.', max_length=150)),
                    ('attachment_type', models.CharField(blank=True, help_text='The media type its content has.', max_length=100)),
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
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['ticket', 'created_at', 'id'], name='ticket_messages_in_order')],
                },
            ),
        ),
    ]
