import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.core.fields
import config.core.text_search
from config.core.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('marketplace', '0001_initial'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='Bounty',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('creator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bounties', to=settings.AUTH_USER_MODEL)),
                    ('title', models.CharField(max_length=200)),
                    ('description', models.TextField(max_length=10000)),
                    ('requirements', models.TextField(blank=True, max_length=10000)),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('description_key', config.core.text_search.SearchKey('description')),
                    ('budget', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('currency', models.CharField(max_length=3)),
                    ('deadline', models.DateTimeField(blank=True, null=True)),
                    ('status', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('closed', 'Closed')], default='open', editable=False, max_length=15)),
                    ('winner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bounties_won', to=settings.AUTH_USER_MODEL)),
                    ('applicants_count', models.PositiveIntegerField(default=0, editable=False)),
                    ('awarded_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('delivered_at', models.DateTimeField(blank=True, editable=False, help_text="The winner says that the work is done; the creator's turn.", null=True)),
                    ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('paid_at', models.DateTimeField(blank=True, editable=False, help_text='Since when money for it stands. Kept by commerce.', null=True)),
                    ('disputed_at', models.DateTimeField(blank=True, editable=False, help_text='Since when its money is disputed. Kept by commerce.', null=True)),
                    ('removed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'verbose_name_plural': 'bounties',
                    'indexes': [models.Index(condition=models.Q(('removed_at', None)), fields=['-created_at', '-id'], name='bounties_newest'), models.Index(condition=models.Q(('removed_at', None)), fields=['status', '-created_at', '-id'], name='bounties_by_status'), models.Index(fields=['creator', '-created_at', '-id'], name='bounties_of_creator'), models.Index(condition=models.Q(('delivered_at__isnull', False), ('status', 'in_progress')), fields=['delivered_at'], name='bounties_delivered')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('budget__gt', 0)), name='bounty_budget_positive'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['in_progress', 'completed']), _negated=True), models.Q(('awarded_at__isnull', False), ('winner__isnull', False)), _connector='OR'), name='bounty_under_way_has_its_winner'), models.CheckConstraint(condition=models.Q(('winner__isnull', True), models.Q(('winner', models.F('creator')), _negated=True), _connector='OR'), name='bounty_winner_is_another')],
                },
            ),
            migrations.CreateModel(
                name='BountyChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('bounty', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='jobs.bounty')),
                    ('before', models.CharField(blank=True, choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('closed', 'Closed')], max_length=15)),
                    ('after', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('closed', 'Closed')], max_length=15)),
                    ('reason', models.CharField(blank=True, max_length=500)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='BountyApplication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('bounty', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='applications', to='jobs.bounty')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bounty_applications', to=settings.AUTH_USER_MODEL)),
                    ('message', models.CharField(max_length=2000)),
                    ('portfolio_url', models.URLField(blank=True, max_length=500)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ],
                options={
                    'indexes': [models.Index(fields=['bounty', '-created_at', '-id'], name='applications_of_bounty')],
                    'constraints': [models.UniqueConstraint(fields=('bounty', 'user'), name='bounty_application_once')],
                },
            ),
            migrations.CreateModel(
                name='Job',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs_posted', to=settings.AUTH_USER_MODEL)),
                    ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='marketplace.category')),
                    ('title', models.CharField(max_length=200)),
                    ('description', models.TextField()),
                    ('budget_min', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('budget_max', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('currency', models.CharField(max_length=3)),
                    ('duration_days', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                    ('required_skills', models.TextField(blank=True, help_text='Separated by commas.')),
                    ('title_key', config.core.text_search.SearchKey('title')),
                    ('description_key', config.core.text_search.SearchKey('description')),
                    ('skills_key', config.core.text_search.SearchKey('required_skills')),
                    ('experience_level', models.CharField(choices=[('entry', 'Entry'), ('intermediate', 'Intermediate'), ('expert', 'Expert')], max_length=15)),
                    ('deadline', models.DateTimeField()),
                    ('status', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], default='open', editable=False, max_length=15)),
                    ('hired_artist', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs_hired_for', to=settings.AUTH_USER_MODEL)),
                    ('hired_bid', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.bid')),
                    ('final_amount', config.core.fields.MoneyField(blank=True, decimal_places=3, max_digits=14, null=True)),
                    ('hired_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('delivered_at', models.DateTimeField(blank=True, editable=False, help_text="The artist says that the work is done; the buyer's turn.", null=True)),
                    ('completed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('paid_at', models.DateTimeField(blank=True, editable=False, help_text='Since when money for it stands. Kept by commerce.', null=True)),
                    ('disputed_at', models.DateTimeField(blank=True, editable=False, help_text='Since when its money is disputed. Kept by commerce.', null=True)),
                    ('cancelled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('reminded_at', models.DateTimeField(blank=True, editable=False, help_text='When people were told that the deadline approaches.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='jobs_newest'), models.Index(fields=['budget_min', 'id'], name='jobs_by_budget'), models.Index(fields=['budget_max'], name='jobs_by_most'), models.Index(fields=['deadline', 'id'], name='jobs_by_deadline'), models.Index(condition=models.Q(('status', 'open')), fields=['deadline'], name='jobs_open_until'), models.Index(fields=['status', '-created_at', '-id'], name='jobs_by_status'), models.Index(fields=['category', '-created_at', '-id'], name='jobs_by_category'), models.Index(fields=['experience_level', '-created_at', '-id'], name='jobs_by_level'), models.Index(fields=['buyer', '-created_at', '-id'], name='jobs_of_buyer'), models.Index(fields=['hired_artist', 'status'], name='jobs_of_artist'), models.Index(condition=models.Q(('delivered_at__isnull', False), ('status', 'in_progress')), fields=['delivered_at'], name='jobs_delivered')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('budget_max__gte', models.F('budget_min')), ('budget_min__gt', 0)), name='job_budget_is_a_range'), models.CheckConstraint(condition=models.Q(('duration_days__gte', 1)), name='job_duration_positive'), models.CheckConstraint(condition=models.Q(('final_amount__isnull', True), ('final_amount__gt', 0), _connector='OR'), name='job_final_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['in_progress', 'completed']), _negated=True), models.Q(('final_amount__isnull', False), ('hired_artist__isnull', False), ('hired_bid__isnull', False)), _connector='OR'), name='job_under_way_has_its_artist')],
                },
            ),
            migrations.CreateModel(
                name='Bid',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bids', to='jobs.job')),
                    ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to=settings.AUTH_USER_MODEL)),
                    ('bid_amount', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('delivery_time', models.PositiveIntegerField(help_text='Days.', validators=[django.core.validators.MinValueValidator(1)])),
                    ('cover_letter', models.CharField(max_length=2000)),
                    ('status', models.CharField(choices=[('pending', 'Pending'), ('accepted', 'Accepted'), ('rejected', 'Rejected')], default='pending', editable=False, max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['job', 'bid_amount', 'created_at', 'id'], name='bids_ranked'), models.Index(fields=['artist', '-created_at', '-id'], name='bids_of_artist'), models.Index(fields=['status'], name='bids_by_status')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('bid_amount__gt', 0)), name='bid_amount_positive'), models.CheckConstraint(condition=models.Q(('delivery_time__gte', 1)), name='bid_delivery_positive'), models.UniqueConstraint(condition=models.Q(('status', 'rejected'), _negated=True), fields=('job', 'artist'), name='bid_one_live'), models.UniqueConstraint(condition=models.Q(('status', 'accepted')), fields=('job',), name='bid_one_accepted_a_job')],
                },
            ),
            migrations.CreateModel(
                name='Contract',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='jobs.job')),
                    ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts_as_artist', to=settings.AUTH_USER_MODEL)),
                    ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts_as_buyer', to=settings.AUTH_USER_MODEL)),
                    ('terms', models.TextField(max_length=20000)),
                    ('rights_type', models.CharField(choices=[('display_only', 'Display Only'), ('reproduction', 'Reproduction'), ('commercial', 'Commercial'), ('exclusive', 'Exclusive')], max_length=15)),
                    ('amount', config.core.fields.MoneyField(decimal_places=3, max_digits=14)),
                    ('currency', models.CharField(max_length=3)),
                    ('deadline', models.DateTimeField()),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('pending', 'Pending'), ('active', 'Active'), ('completed', 'Completed'), ('terminated', 'Terminated')], default='pending', editable=False, max_length=10)),
                    ('artist_signed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('buyer_signed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('terms_digest', models.CharField(blank=True, editable=False, help_text='SHA-256 of what was signed; empty until the first signs.', max_length=64)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['artist', '-created_at', '-id'], name='contracts_of_artist'), models.Index(fields=['buyer', '-created_at', '-id'], name='contracts_of_buyer'), models.Index(fields=['status'], name='contracts_by_status')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contract_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), _negated=True), models.Q(('artist_signed_at__isnull', False), ('buyer_signed_at__isnull', False)), _connector='OR'), name='contract_active_is_signed_by_both'), models.CheckConstraint(condition=models.Q(models.Q(('artist_signed_at__isnull', True), ('buyer_signed_at__isnull', True)), models.Q(('terms_digest', ''), _negated=True), _connector='OR'), name='contract_signed_has_digest'), models.UniqueConstraint(condition=models.Q(('status', 'terminated'), _negated=True), fields=('job',), name='contract_one_live_a_job')],
                },
            ),
            migrations.CreateModel(
                name='JobChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='jobs.job')),
                    ('before', models.CharField(blank=True, choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], max_length=15)),
                    ('after', models.CharField(choices=[('open', 'Open'), ('in_progress', 'In Progress'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], max_length=15)),
                    ('reason', models.CharField(blank=True, max_length=500)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Review',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='jobs.job')),
                    ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews_written', to=settings.AUTH_USER_MODEL)),
                    ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews_received', to=settings.AUTH_USER_MODEL)),
                    ('rating', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                    ('comment', models.CharField(max_length=1000)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='reviews_newest'), models.Index(fields=['rating', '-created_at', '-id'], name='reviews_by_rating'), models.Index(fields=['-rating', '-created_at', '-id'], name='reviews_best_first'), models.Index(fields=['artist', '-created_at', '-id'], name='reviews_of_artist')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('rating__gte', 1), ('rating__lte', 5)), name='review_rating_1_to_5')],
                },
            ),
            migrations.CreateModel(
                name='ContractChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.ForeignKey(help_text='Empty: the platform itself.', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='jobs.contract')),
                    ('before', models.CharField(blank=True, choices=[('draft', 'Draft'), ('pending', 'Pending'), ('active', 'Active'), ('completed', 'Completed'), ('terminated', 'Terminated')], max_length=10)),
                    ('after', models.CharField(choices=[('draft', 'Draft'), ('pending', 'Pending'), ('active', 'Active'), ('completed', 'Completed'), ('terminated', 'Terminated')], max_length=10)),
                    ('reason', models.CharField(blank=True, max_length=200)),
                ],
                options={
                    'abstract': False,
                },
            ),
        ),
    ]
