"""Which personal API keys are good for which operation: those with the scope that lists it. What no scope lists is open
to no key, such as what concerns the account's security, and what staff do.

`read` looks, `write` changes, `money` buys, pays, agrees on prices and is paid out. None of them holds another.
"""

from typing import Final

from accounts.choices import KeyScope


def _scopes(*, read: str, write: str, money: str) -> dict[str, str]:
    """By operation. Each is listed once."""
    listed = {KeyScope.READ: read.split(), KeyScope.WRITE: write.split(), KeyScope.MONEY: money.split()}
    scopes = {name: scope.value for scope, names in listed.items() for name in names}
    if len(scopes) != sum(map(len, listed.values())):
        raise ValueError("An operation is listed twice.")
    return scopes


CULTUREUP: Final = _scopes(
    read="""
        auth.profile_get artist_profiles.list artist_profiles.get artist_profiles.reviews artist_profiles.artworks
        buyer_profiles.list buyer_profiles.get buyer_profiles.purchases categories.list categories.get
        artworks.list artworks.featured artworks.get artworks.duplicate_check
        jobs.list jobs.get jobs.bids bids.list bids.get reviews.list reviews.get contracts.list contracts.get
        orders.list orders.get orders.receipt payments.list payments.get payments.statement disputes.list disputes.get
        messages.list messages.get messages.conversations blocks.list
        notifications.list notifications.unread_count notifications.get
        equipment.list equipment.get equipment.in_stock dashboard.stats search
    """,
    write="""
        artist_profiles.create artist_profiles.update artist_profiles.partial_update artist_profiles.delete
        buyer_profiles.create buyer_profiles.update buyer_profiles.partial_update buyer_profiles.delete
        artworks.create artworks.update artworks.partial_update artworks.delete artworks.like artworks.unlike
        artworks.appeal
        jobs.create jobs.update jobs.partial_update jobs.delete jobs.deliver jobs.request_changes
        bids.create bids.update bids.partial_update bids.delete
        reviews.create reviews.update reviews.partial_update reviews.delete
        orders.download
        messages.create messages.update messages.partial_update messages.delete messages.mark_read
        blocks.add blocks.remove notifications.mark_all_read notifications.mark_read
    """,
    money="""
        jobs.hire jobs.complete jobs.cancel
        contracts.create contracts.update contracts.partial_update contracts.delete contracts.sign
        orders.create orders.update orders.partial_update orders.delete orders.confirm orders.cancel
        payments.create payments.process payments.confirm payments.three_d_secure disputes.create disputes.withdraw
    """,
)

NEXUS: Final = _scopes(
    read="""
        stats.homepage models.list models.retrieve models.comments.list models.public models.analysis models.versions
        models.similar models.reviews.list users.models dashboard.models
        collections.list collections.retrieve collections.models upload.list upload.parts.state
        categories.list categories.retrieve
        cart.retrieve checkout.payment_methods purchases.list purchases.retrieve purchases.download_link
        purchases.receipt
        dashboard.stats dashboard.recent_activity dashboard.activity dashboard.sales_chart dashboard.revenue
        dashboard.transactions dashboard.payouts dashboard.statement dashboard.followers dashboard.notifications
        pricing.plans.list pricing.plans.retrieve subscriptions.me
        bounties.list bounties.retrieve bounties.applications
        communities.list communities.retrieve communities.members.list communities.posts.list
        communities.posts.retrieve communities.posts.comments.list
        messages.conversations messages.retrieve support.tickets.list support.tickets.retrieve search
        blog.posts.list blog.categories blog.featured blog.posts.retrieve blog.posts.comments.list
        help.faqs help.categories docs.sections docs.section testimonials.list testimonials.retrieve
        courses.list courses.retrieve tutorials.list tutorials.retrieve
        users.retrieve users.stats users.followers users.following users.me users.me.email_preferences.retrieve
        users.me.webhooks.list users.me.webhooks.retrieve users.me.webhooks.deliveries notifications.list
    """,
    write="""
        models.like models.unlike models.comment models.comments.create models.comments.delete models.view
        models.upload models.update models.delete models.reviews.create
        collections.create collections.update collections.delete collections.follow collections.unfollow
        collections.add_model collections.remove_model
        upload.image upload.model_file upload.model upload.avatar upload.document upload.delete
        upload.parts.begin upload.parts.cancel upload.parts.part upload.parts.complete
        cart.add cart.remove cart.apply_coupon cart.remove_coupon bounties.apply bounties.deliver
        communities.create communities.join communities.leave
        communities.members.invite communities.members.update communities.members.remove
        communities.posts.create communities.posts.update communities.posts.delete communities.posts.react
        communities.posts.unreact communities.posts.comments.create communities.posts.share
        messages.start messages.send support.tickets.create support.tickets.messages.create reports.create
        blog.posts.like blog.posts.unlike blog.posts.comments.create blog.posts.comments.delete blog.posts.share
        courses.create courses.update courses.delete
        users.follow users.unfollow users.me.avatar users.me.email_preferences.update
        users.me.webhooks.delete users.me.webhooks.test users.me.webhooks.replay
        notifications.read_all notifications.read notifications.delete
    """,
    money="""
        models.purchase checkout.create checkout.process_payment dashboard.request_payout
        subscriptions.subscribe subscriptions.cancel bounties.create bounties.update bounties.delete
    """,
)

V1: Final = _scopes(
    read="""
        designs.list designs.get designs.performance design_reviews.list cart.list sales.purchases sales.list
        payouts.list labels.list chat.sessions.list chat.messages.list purchases.mine
        purchases.receipt
        support_tickets.list support_tickets.get analytics.design analytics.user analytics.sales campaigns.list
        payment_methods.list payout_settings.get auth.email_preferences.retrieve
    """,
    write="""
        designs.sell designs.create designs.edit designs.appeal design_reviews.create design_reviews.update
        cart.add cart.update cart.remove labels.create labels.update labels.ai_suggestions models.upload_stl
        chat.sessions.create chat.messages.send purchases.download support_tickets.create support_tickets.write
        tools.pricing_suggestions tools.bulk_review_update campaigns.create campaigns.update campaigns.delete
        auth.email_preferences.update
    """,
    money="""
        checkout.create sales.refund sales.pay payouts.create payouts.cancel designs.promote
        payment_methods.set_default payment_methods.delete
    """,
)

PRINTSHOP: Final = _scopes(
    read="""
        auth.user shop.get orders.list orders.get orders.notes.list orders.communications.list orders.shipments.list
        orders.profit filaments.list spools.list spools.history printers.list printers.status commands.get
        materials.list scheduled_prints.list scheduled_prints.retrieve scheduled_prints.queue
        print_files.list print_files.retrieve print_parts.list print_parts.retrieve
        notifications.get events.list analytics.dashboard analytics.revenue
        webhooks.list webhooks.retrieve webhooks.deliveries
    """,
    write="""
        shop.update orders.update orders.sync orders.notes.create orders.communications.create
        orders.shipments.create filaments.create filaments.update filaments.delete
        spools.create spools.update spools.weigh spools.correct spools.archive
        printers.create printers.update printers.delete printers.plate_clear printers.pause printers.resume
        printers.stop printers.refresh materials.update materials.spool
        scheduled_prints.create scheduled_prints.update scheduled_prints.delete
        print_files.create print_files.delete print_parts.create print_parts.update print_parts.delete
        notifications.update webhooks.delete webhooks.test webhooks.replay
    """,
    money="",
)

SCOPES: Final = {"cultureup": CULTUREUP, "nexus": NEXUS, "v1": V1, "printshop": PRINTSHOP}
