"""v1's operations, mounted at /api/v1/."""

from accounts.api import v1 as accounts
from commerce.api import v1_payment_methods as payment_methods
from commerce.api import v1_payouts as payouts
from community.api import v1_tickets as tickets
from config.dialects.routing import Route
from marketplace.api import v1_designs as designs

ROUTES = [
    Route("POST", "/register", accounts.Auth, "auth.register"),
    Route("POST", "/login", accounts.Auth, "auth.login"),
    # ---------------------------------------------------------------- commerce: designs
    Route("POST", "/commerce/designs/sell", designs.Designs, "designs.sell"),
    Route("POST", "/commerce/designs", designs.Designs, "designs.create"),
    Route("GET", "/commerce/designs", designs.Designs, "designs.list"),
    Route("GET", "/commerce/designs/{design_id}", designs.Designs, "designs.get"),
    # ---------------------------------------------------------------- commerce: payouts
    Route("POST", "/commerce/payouts", payouts.Payouts, "payouts.create"),
    Route("GET", "/commerce/payouts", payouts.Payouts, "payouts.list"),
    # ---------------------------------------------------------------- dashboard: purchase management
    Route("POST", "/purchase-management/support-ticket", tickets.Tickets, "support_tickets.create"),
    Route("GET", "/purchase-management/support-tickets", tickets.Tickets, "support_tickets.list"),
    Route("GET", "/purchase-management/support-tickets/{ticket_id}", tickets.Tickets, "support_tickets.get"),
    Route(
        "POST",
        "/purchase-management/support-tickets/{ticket_id}/messages",
        tickets.Tickets,
        "support_tickets.write",
    ),
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
    # ---------------------------------------------------------------- advanced tools
    Route("PUT", "/commerce/designs/{design_id}/edit", designs.DesignEdit, "designs.edit"),
]
