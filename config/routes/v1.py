"""v1's operations, mounted at /api/v1/."""

from accounts.api.v1 import accounts, deletions, exports, mail_preferences, passwords, sign_ins
from commerce.api.v1 import (
    analytics,
    campaigns,
    cart,
    designs,
    payment_methods,
    payouts,
    pricing,
    review_tools,
    reviews,
    sales,
)
from community.api.v1 import chats, purchases, tickets
from config.dialects.routing import Route
from marketplace.api.v1 import appeals, labels, uploads

ROUTES = [
    Route("POST", "/register", accounts.Auth, "auth.register"),
    Route("POST", "/login", accounts.Auth, "auth.login"),
    Route("POST", "/auth/password/change", passwords.Password, "auth.password.change"),
    Route("POST", "/auth/password/forgot", passwords.ForgottenPassword, "auth.password.forgot"),
    Route("POST", "/auth/password/reset", passwords.ForgottenPassword, "auth.password.reset"),
    Route("GET", "/auth/email-preferences", mail_preferences.Preferences, "auth.email_preferences.retrieve"),
    Route("PATCH", "/auth/email-preferences", mail_preferences.Preferences, "auth.email_preferences.update"),
    Route("DELETE", "/auth/me", deletions.Account, "auth.me.delete"),
    Route("POST", "/auth/exports", exports.Exports, "auth.exports.create"),
    Route("GET", "/auth/exports", exports.Exports, "auth.exports.list"),
    Route("GET", "/auth/api-keys", sign_ins.ApiKeys, "auth.api_keys.list"),
    Route("POST", "/auth/api-keys", sign_ins.ApiKeys, "auth.api_keys.create"),
    Route("DELETE", "/auth/api-keys/{key_id}", sign_ins.ApiKeys, "auth.api_keys.delete"),
    Route("GET", "/auth/sessions", sign_ins.Sessions, "auth.sessions.list"),
    Route("DELETE", "/auth/sessions", sign_ins.Sessions, "auth.sessions.delete_others"),
    Route("DELETE", "/auth/sessions/{session_id}", sign_ins.Sessions, "auth.sessions.delete"),
    # ---------------------------------------------------------------- commerce: designs
    Route("POST", "/commerce/designs/sell", designs.Designs, "designs.sell"),
    Route("POST", "/commerce/designs", designs.Designs, "designs.create"),
    Route("GET", "/commerce/designs", designs.Designs, "designs.list"),
    Route("GET", "/commerce/designs/{design_id}", designs.Designs, "designs.get"),
    Route("GET", "/commerce/designs/{design_id}/reviews", reviews.DesignReviews, "design_reviews.list"),
    Route("POST", "/commerce/designs/{design_id}/reviews", reviews.DesignReviews, "design_reviews.create"),
    Route("PUT", "/commerce/designs/{design_id}/reviews", reviews.DesignReviews, "design_reviews.update"),
    # ---------------------------------------------------------------- commerce: cart
    Route("POST", "/commerce/cart", cart.Cart, "cart.add"),
    Route("GET", "/commerce/cart", cart.Cart, "cart.list"),
    Route("PUT", "/commerce/cart/{cart_item_id}", cart.Cart, "cart.update"),
    Route("DELETE", "/commerce/cart/{cart_item_id}", cart.Cart, "cart.remove"),
    # ---------------------------------------------------------------- commerce: checkout, sales, payouts
    Route("POST", "/commerce/checkout", cart.Checkouts, "checkout.create"),
    Route("GET", "/commerce/sales/purchases", sales.Sales, "sales.purchases"),
    Route("POST", "/commerce/sales/purchases/{transaction_id}/refund", sales.Sales, "sales.refund"),
    Route("POST", "/commerce/sales/purchases/{transaction_id}/pay", sales.Sales, "sales.pay"),
    Route("GET", "/commerce/sales", sales.Sales, "sales.list"),
    Route("POST", "/commerce/payouts", payouts.Payouts, "payouts.create"),
    Route("GET", "/commerce/payouts", payouts.Payouts, "payouts.list"),
    Route("POST", "/commerce/payouts/{payout_id}/cancel", payouts.Payouts, "payouts.cancel"),
    # ---------------------------------------------------------------- labels and upload
    Route("POST", "/labels/models/{model_id}/labels", labels.Labels, "labels.create"),
    Route("GET", "/labels/models/{model_id}/labels", labels.Labels, "labels.list"),
    Route("PUT", "/labels/labels/{label_id}", labels.LabelChange, "labels.update"),
    Route("POST", "/labels/models/{model_id}/ai-suggestions", labels.LabelSuggestions, "labels.ai_suggestions"),
    Route("POST", "/upload_stl", uploads.Models, "models.upload_stl"),
    # ---------------------------------------------------------------- chat with the assistant
    Route("POST", "/chat/sessions", chats.Sessions, "chat.sessions.create"),
    Route("GET", "/chat/sessions", chats.Sessions, "chat.sessions.list"),
    Route("POST", "/chat/sessions/{session_id}/messages", chats.Messages, "chat.messages.send"),
    Route("GET", "/chat/sessions/{session_id}/messages", chats.Messages, "chat.messages.list"),
    # ---------------------------------------------------------------- dashboard: purchase management
    Route("GET", "/purchase-management/my-purchases", purchases.Purchases, "purchases.mine"),
    Route("POST", "/purchase-management/download/{purchase_id}", purchases.Purchases, "purchases.download"),
    Route("GET", "/purchase-management/receipt/{purchase_id}", purchases.Receipts, "purchases.receipt"),
    Route("POST", "/purchase-management/support-ticket", tickets.Tickets, "support_tickets.create"),
    Route("GET", "/purchase-management/support-tickets", tickets.Tickets, "support_tickets.list"),
    Route("GET", "/purchase-management/support-tickets/{ticket_id}", tickets.Tickets, "support_tickets.get"),
    Route(
        "POST",
        "/purchase-management/support-tickets/{ticket_id}/messages",
        tickets.Tickets,
        "support_tickets.write",
    ),
    # ---------------------------------------------------------------- dashboard: analytics
    Route("GET", "/analytics/design-analytics", analytics.Analytics, "analytics.design"),
    Route("GET", "/analytics/user-analytics", analytics.Analytics, "analytics.user"),
    Route("GET", "/analytics/sales", analytics.Analytics, "analytics.sales"),
    # ---------------------------------------------------------------- dashboard: payment methods
    Route("GET", "/payment-methods", payment_methods.PaymentMethods, "payment_methods.list"),
    Route("POST", "/payment-methods", payment_methods.PaymentMethods, "payment_methods.add"),
    Route(
        "POST",
        "/payment-methods/{payment_method_id}/verify",
        payment_methods.PaymentMethods,
        "payment_methods.verify",
    ),
    Route(
        "POST",
        "/payment-methods/{payment_method_id}/send-code",
        payment_methods.PaymentMethods,
        "payment_methods.send_code",
    ),
    Route(
        "POST",
        "/payment-methods/{payment_method_id}/set-default",
        payment_methods.PaymentMethods,
        "payment_methods.set_default",
    ),
    Route(
        "DELETE",
        "/payment-methods/{payment_method_id}",
        payment_methods.PaymentMethods,
        "payment_methods.delete",
    ),
    Route("GET", "/payment-methods/payout-settings", payment_methods.PayoutAccount, "payout_settings.get"),
    Route("PUT", "/payment-methods/payout-settings", payment_methods.PayoutAccount, "payout_settings.update"),
    # ---------------------------------------------------------------- dashboard: advanced tools
    Route("POST", "/advanced-tools/pricing-suggestions", pricing.Pricing, "tools.pricing_suggestions"),
    Route("POST", "/advanced-tools/bulk-review-update", review_tools.ReviewTools, "tools.bulk_review_update"),
    Route("POST", "/advanced-tools/promotion-campaigns", campaigns.Campaigns, "campaigns.create"),
    Route("GET", "/advanced-tools/promotion-campaigns", campaigns.Campaigns, "campaigns.list"),
    Route("PUT", "/advanced-tools/promotion-campaigns/{campaign_id}", campaigns.Campaigns, "campaigns.update"),
    Route("DELETE", "/advanced-tools/promotion-campaigns/{campaign_id}", campaigns.Campaigns, "campaigns.delete"),
    # ---------------------------------------------------------------- dashboard: enhanced sales management
    Route("POST", "/commerce/designs/{design_id}/promote", campaigns.Promotions, "designs.promote"),
    Route("PUT", "/commerce/designs/{design_id}/edit", designs.DesignEdit, "designs.edit"),
    Route("POST", "/commerce/designs/{design_id}/appeal", appeals.DesignAppeals, "designs.appeal"),
    Route("GET", "/commerce/designs/{design_id}/performance", analytics.DesignPerformance, "designs.performance"),
]
