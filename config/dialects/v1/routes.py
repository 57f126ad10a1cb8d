"""v1's operations, mounted at /api/v1/."""

from accounts.api import v1 as accounts
from commerce.api import v1_payment_methods as payment_methods
from commerce.api import v1_payouts as payouts
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
