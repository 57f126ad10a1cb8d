"""What happens by itself, and how often: seconds, or a time of the clock in UTC. Beat starts it, workers do it.

Beat counts seconds anew where it has lost its file, as in a new container: no more than an hour of them, or a platform
that is deployed every day would never do it.
"""

from typing import Any, Final

from celery.schedules import crontab

SCHEDULE: Final[dict[str, Any]] = {
    "deliver what was not delivered": {"task": "accounts.tasks.deliveries_sweep", "schedule": 10.0},
    "send webhooks that were not sent": {"task": "accounts.tasks.webhooks_sweep", "schedule": 10.0},
    "check pictures that were not checked": {"task": "marketplace.tasks.picture_checks_sweep", "schedule": 15.0},
    "describe pictures that were checked before points were kept": {
        "task": "marketplace.tasks.pictures_describe",
        "schedule": 60.0,
    },
    "analyse 3-D files that were not analysed": {"task": "marketplace.tasks.mesh_analyses_sweep", "schedule": 15.0},
    "describe shapes that were analysed before": {"task": "marketplace.tasks.shapes_describe", "schedule": 60.0},
    "settle payments whose gateway was silent": {"task": "commerce.tasks.payments_sweep", "schedule": 30.0},
    "renew subscriptions, and what gateways say of them": {
        "task": "commerce.tasks.subscriptions_sweep",
        "schedule": 60.0,
    },
    "complete bounties that nobody answered to": {"task": "commerce.tasks.bounties_sweep", "schedule": 600.0},
    "cancel orders that were not paid": {"task": "commerce.tasks.orders_expire", "schedule": 300.0},
    "release what is held for completed jobs": {"task": "commerce.tasks.payments_release_due", "schedule": 600.0},
    "release what was held for a file": {"task": "commerce.tasks.escrow_files_sweep", "schedule": 300.0},
    "call off promotions that were not paid": {"task": "commerce.tasks.promotions_expire", "schedule": 300.0},
    "prove the books": {"task": "commerce.tasks.ledger_prove", "schedule": crontab(hour=3, minute=17)},
    "make the payouts that are due": {"task": "commerce.tasks.payouts_make_due", "schedule": 3600.0},
    "remind of deadlines, close jobs past theirs": {"task": "jobs.tasks.deadlines_sweep", "schedule": 300.0},
    "accept work that nobody objected to": {"task": "jobs.tasks.acceptance_sweep", "schedule": 600.0},
    "keep the figures of listings": {"task": "commerce.tasks.listing_days_keep", "schedule": 300.0},
    "forget old idempotency keys": {"task": "config.core.tasks.idempotency_forget", "schedule": 3600.0},
    "forget what people were told, and who visited them": {
        "task": "accounts.tasks.deliveries_forget",
        "schedule": 3600.0,
    },
    "forget webhooks sent long ago": {"task": "accounts.tasks.webhooks_forget", "schedule": 3600.0},
    "answer who forgot a password": {"task": "accounts.tasks.password_requests_sweep", "schedule": 15.0},
    "make exports that were not made, remove old ones": {
        "task": "accounts.tasks.exports_sweep",
        "schedule": 15.0,
    },
    "delete the accounts that are due": {"task": "accounts.tasks.deletions_sweep", "schedule": 30.0},
    "keep the levels of creators": {"task": "accounts.tasks.creator_levels_keep", "schedule": 3600.0},
    "forget old sign-in failures": {"task": "accounts.tasks.sign_in_forget", "schedule": 3600.0},
    # Two minutes past the hour: the one after midnight closes yesterday.
    "keep the daily figures": {"task": "adminpanel.tasks.figures_keep", "schedule": crontab(minute=2)},
    "forget 3-D files that no model took": {"task": "marketplace.tasks.meshes_forget", "schedule": 3600.0},
    "say which 3-D models are trending": {"task": "marketplace.tasks.trending_keep", "schedule": 3600.0},
    "forget who visited listings long ago": {"task": "marketplace.tasks.views_forget", "schedule": 3600.0},
    "forget uploads that nothing uses": {"task": "marketplace.tasks.uploads_forget", "schedule": 3600.0},
    "send the e-mail campaigns that are due": {"task": "community.tasks.campaigns_sweep", "schedule": 15.0},
    "forget who read what": {"task": "community.tasks.page_views_forget", "schedule": 3600.0},
    "read shops' orders from Etsy": {"task": "printshop.tasks.syncs_sweep", "schedule": 60.0},
    "read what Etsy keeps of payments": {"task": "printshop.tasks.fees_sweep", "schedule": 600.0},
    "take up Etsy's webhooks that were not worked off": {
        "task": "printshop.tasks.etsy_events_sweep",
        "schedule": 60.0,
    },
    "forget what Etsy told long ago": {"task": "printshop.tasks.etsy_forget", "schedule": 3600.0},
    "tell Etsy of parcels it was not told of": {"task": "printshop.tasks.shipments_sweep", "schedule": 30.0},
    "take up the platform's orders in print shops": {
        "task": "printshop.tasks.platform_orders_sweep",
        "schedule": 300.0,
    },
    "keep what printers were doing": {"task": "printshop.tasks.readings_take", "schedule": 300.0},
    "say of printers that no bridge is connected to them": {
        "task": "printshop.tasks.printers_sweep",
        "schedule": 60.0,
    },
    "forget what happened at printers long ago": {"task": "printshop.tasks.printer_events_forget", "schedule": 3600.0},
    "remove files nobody refers to": {"task": "config.core.tasks.files_remove_sweep", "schedule": 60.0},
    "go through the print queue": {"task": "printshop.tasks.queue_pass", "schedule": 60.0},
    "make the prints of parts that were added or changed": {
        "task": "printshop.tasks.part_prints_sweep",
        "schedule": 60.0,
    },
    "let go of print files that were replaced": {"task": "printshop.tasks.print_files_sweep", "schedule": 3600.0},
}
