"""Who hears of what: event -> the services that are told, in the transaction of whoever announces it.

It is for telling. A service that must ask something of an app above stands in the wrong app.
"""

from typing import Final

LISTENERS: Final[dict[str, list[str]]] = {
    "accounts.artist_profile_made": ["jobs.services.records.artist_record_refresh"],
    "accounts.buyer_profile_made": ["jobs.services.records.buyer_record_refresh"],
    "accounts.credentials_replaced": ["printshop.services.shops.sign_in.etsy_sign_in_end"],
    "accounts.activity_changed": [
        "marketplace.services.listings.listings_follow_seller",
        "commerce.services.subscriptions.subscriptions.subscriptions_end_of_closed",
        "community.services.campaign_mails.campaign_mails_withdraw",
    ],
    "accounts.mail_refused": ["community.services.campaign_mails.campaign_left"],
    "accounts.followed": ["community.services.blocks.follow_refuse_blocked"],
    "jobs.offered": ["community.services.blocks.words_refuse_blocked"],
    "jobs.called_off": ["commerce.services.escrow.holds.job_payments_cancel"],
    "commerce.order_changed": ["printshop.services.orders.platform.platform_order_follow"],
    "marketplace.commented": ["community.services.blocks.words_refuse_blocked"],
    "marketplace.file_ready": ["commerce.services.escrow.files.listing_file_ready"],
}
