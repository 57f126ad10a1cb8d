"""Nexus's cart, coupons, purchases, dashboards, plans and bounties: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from commerce.models import Coupon, ListingReview, Order, OrderLine, Payout, Subscription
from commerce.services.bounties.bounties import bounty_award
from commerce.services.checkout.checkouts import checkout_open
from commerce.services.coupons.uses import cart_coupon_apply
from commerce.services.orders.carts import cart_add
from commerce.services.subscriptions.subscriptions import subscribe
from commerce.tests.shop import coupon_of, plan_of
from commerce.tests.steps import paid_order
from jobs.models import Bounty, BountyApplication
from jobs.tests.factories import BountyFactory, applied
from marketplace.models import Model3D
from marketplace.tests.factories import Model3DFactory
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World

BOUGHT = of("trade.line", "transaction_id")
PENDING = of("trade.line_to_pay", "transaction_id")
COUPON = of("trade.coupon")
PLAN = of("trade.plan")
BOUNTY = of("trade.bounty")
NEW_COUPON = {"code": "summer", "discount_percent": 25, "max_uses": 10, "expires_at": "2099-12-31"}


class Things:
    """alice sells models in Nexus; bob bought one of them, has another in his cart, and an open checkout of it."""

    def __init__(self, people: dict[str, User]) -> None:
        bob, alice = people["buyer"], people["artist"]
        self.coupon: Coupon = coupon_of()
        self.gadget, self.wished, bought = (
            Model3DFactory.create(seller=alice, channel="nexus", title=title, price="40.00")
            for title in ("Gadget", "Spacecraft", "Robot")
        )
        self.line: OrderLine = paid_order(bob, bought, channel="nexus")[0].lines.get()
        self.bought: Model3D = Model3D.objects.get(pk=self.line.listing_id)
        cart_add(actor=bob, channel="nexus", listing=self.wished)
        self.checkout: Order = checkout_open(actor=bob, channel="nexus", pay_by="card").order
        self.plan, self.unused_plan = plan_of(), plan_of("basic", monthly="5.00")
        self.subscription: Subscription = subscribe(actor=bob, plan_id=self.plan.pk, token="pm_card_visa").subscription
        self.bounty: Bounty = applied(BountyFactory.create(creator=bob, title="Steampunk airship"), alice)
        self.bounty_won: Bounty = applied(BountyFactory.create(creator=bob, title="Castle"), alice)
        bounty_award(actor=bob, bounty_id=self.bounty_won.pk, winner_id=alice.pk)
        self.line_to_pay: OrderLine = self.checkout.lines.get(listing=self.wished)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed; of purchases and sales there are enough."""
    things, bob, alice = world.trade, world.people["buyer"], world.people["artist"]
    coupon_of(f"CODE{number}")
    plan_of(f"plan-{number}")
    BountyFactory.create(creator=bob)
    reviewer = User.objects.create(username=f"reviewer{number}", email=f"reviewer{number}@example.com")
    BountyApplication.objects.create(bounty=things.bounty, user=reviewer, message="I built similar ones.")
    ListingReview.objects.create(listing=things.bought, author=reviewer, rating=5, comment="Fits.")
    payout = {"amount": 1, "currency": "USD", "method": "paypal", "fees": 0, "net_amount": 1, "balance_before": 1}
    Payout.objects.create(seller=alice, **payout)


def with_coupon(world: World, _role: str) -> None:
    cart_coupon_apply(actor=world.people["buyer"], code=world.trade.coupon.code)


def paying(world: World, _role: str) -> dict[str, Any]:
    return {"checkout_id": world.trade.checkout.checkout_id, "payment_token": "pm_card_visa"}


def subscribing(world: World, _role: str) -> dict[str, Any]:
    return {"plan_id": world.trade.plan.pk, "payment_token": "pm_card_visa"}


def choosing(world: World, _role: str) -> dict[str, Any]:
    return {"winner_id": world.people["artist"].pk, "status": "In Progress"}


REQUESTS: dict[str, Request] = {
    "models.purchase": Request(path=of("trade.gadget"), body=fixed(payment_token="tok_visa")),
    "cart.retrieve": Request(),
    "cart.add": Request(body=lambda world, _role: {"model_id": world.trade.gadget.pk}),
    "cart.remove": Request(path=of("trade.wished", "model_id")),
    "cart.apply_coupon": Request(body=fixed(code="spring10")),
    "cart.remove_coupon": Request(before=with_coupon),
    "checkout.create": Request(body=fixed(payment_method="card", coupon_code="SPRING10")),
    "checkout.payment_methods": Request(),
    "checkout.process_payment": Request(body=paying),
    "purchases.list": Request(),
    "purchases.retrieve": Request(path=BOUGHT),
    "purchases.retrieve (not paid)": Request(path=PENDING),
    "purchases.download_link": Request(path=BOUGHT),
    "purchases.receipt": Request(path=BOUGHT),
    "dashboard.stats": Request(),
    "dashboard.recent_activity": Request(),
    "dashboard.sales_chart": Request(),
    "dashboard.revenue": Request(),
    "dashboard.transactions": Request(),
    "dashboard.payouts": Request(),
    "dashboard.request_payout": Request(body=fixed(amount=20, method="paypal", destination="alice@example.com")),
    "dashboard.statement": Request(),
    "models.reviews.list": Request(path=of("trade.bought")),
    "models.reviews.create": Request(path=of("trade.bought"), body=fixed(rating=5, comment="Prints well")),
    "pricing.plans.list": Request(),
    "pricing.plans.create": Request(body=fixed(slug="studio", name="Studio", price_monthly=9, price_yearly=90)),
    "pricing.plans.retrieve": Request(path=PLAN),
    "pricing.plans.update": Request(path=PLAN, body=fixed(price_monthly=21, is_popular=True)),
    "pricing.plans.delete": Request(path=of("trade.unused_plan")),
    "pricing.plans.delete (in use)": Request(path=PLAN),
    "subscriptions.subscribe": Request(body=subscribing),
    "subscriptions.cancel": Request(body=fixed(at_period_end=True)),
    "subscriptions.me": Request(),
    "bounties.list": Request(),
    "bounties.create": Request(body=fixed(title="Steampunk airship", description="A rigged one", budget=400)),
    "bounties.retrieve": Request(path=BOUNTY),
    "bounties.update": Request(path=BOUNTY, body=fixed(title="A larger airship")),
    "bounties.update (a winner)": Request(path=BOUNTY, body=choosing),
    "bounties.delete": Request(path=BOUNTY),
    "bounties.apply": Request(path=BOUNTY, body=fixed(message="I built similar ships")),
    "bounties.deliver": Request(path=of("trade.bounty_won")),
    "bounties.applications": Request(path=BOUNTY),
    "admin.coupons.list": Request(),
    "admin.coupons.create": Request(body=fixed(**NEW_COUPON)),
    "admin.coupons.retrieve": Request(path=COUPON),
    "admin.coupons.update": Request(path=COUPON, body=fixed(is_active=False)),
    "admin.coupons.delete": Request(path=COUPON),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "models.purchase":                             "401  200  200  400   200  200  200   200   200",
    "cart.retrieve":                               "401  200  200  200   200  200  200   200   200",
    "cart.add":                                    "401  201  201  400   201  201  201   201   201",
    "cart.remove":                                 "401  200  404  404   404  404  404   404   404",
    "cart.apply_coupon":                           "401  200  400  400   400  400  400   400   400",
    "cart.remove_coupon":                          "401  200  404  404   404  404  404   404   404",
    "checkout.create":                             "401  201  400  400   400  400  400   400   400",
    "checkout.payment_methods":                    "401  200  200  200   200  200  200   200   200",
    "checkout.process_payment":                    "401  200  404  404   404  404  404   404   404",
    "purchases.list":                              "401  200  200  200   200  200  200   200   200",
    "purchases.retrieve":                          "401  200  404  404   404  404  404   404   404",
    "purchases.retrieve (not paid)":               "401  404  404  404   404  404  404   404   404",
    "purchases.download_link":                     "401  200  404  404   404  404  404   404   404",
    "purchases.receipt":                           "401  200  404  404   404  404  404   404   404",
    "dashboard.stats":                             "401  200  200  200   200  200  200   200   200",
    "dashboard.recent_activity":                   "401  200  200  200   200  200  200   200   200",
    "dashboard.sales_chart":                       "401  200  200  200   200  200  200   200   200",
    "dashboard.revenue":                           "401  200  200  200   200  200  200   200   200",
    "dashboard.transactions":                      "401  200  200  200   200  200  200   200   200",
    "dashboard.payouts":                           "401  200  200  200   200  200  200   200   200",
    "dashboard.request_payout":                    "401  400  400  201   400  400  400   400   400",
    "dashboard.statement":                         "401  200  200  200   200  200  200   200   200",
    "models.reviews.list":                         "200  200  200  200   200  200  200   200   200",
    "models.reviews.create":                       "401  201  403  403   403  403  403   403   403",
    "pricing.plans.list":                          "200  200  200  200   200  200  200   200   200",
    "pricing.plans.create":                        "401  403  403  403   403  403  403   201   201",
    "pricing.plans.retrieve":                      "200  200  200  200   200  200  200   200   200",
    "pricing.plans.update":                        "401  403  403  403   403  403  403   200   200",
    "pricing.plans.delete":                        "401  403  403  403   403  403  403   200   200",
    "pricing.plans.delete (in use)":               "401  403  403  403   403  403  403   409   409",
    "subscriptions.subscribe":                     "401  409  201  201   201  201  201   201   201",
    "subscriptions.cancel":                        "401  200  404  404   404  404  404   404   404",
    "subscriptions.me":                            "401  200  404  404   404  404  404   404   404",
    "bounties.list":                               "200  200  200  200   200  200  200   200   200",
    "bounties.create":                             "401  201  201  201   201  201  201   201   201",
    "bounties.retrieve":                           "200  200  200  200   200  200  200   200   200",
    "bounties.update":                             "401  200  403  403   403  403  403   200   200",
    "bounties.update (a winner)":                  "401  200  403  403   403  403  403   403   403",
    "bounties.delete":                             "401  200  403  403   403  403  403   200   200",
    "bounties.apply":                              "401  400  201  409   201  201  201   201   201",
    "bounties.deliver":                            "401  403  403  200   403  403  403   403   403",
    "bounties.applications":                       "401  200  403  403   403  403  403   200   200",
    "admin.coupons.list":                          "401  403  403  403   403  403  403   200   200",
    "admin.coupons.create":                        "401  403  403  403   403  403  403   201   201",
    "admin.coupons.retrieve":                      "401  403  403  403   403  403  403   200   200",
    "admin.coupons.update":                        "401  403  403  403   403  403  403   200   200",
    "admin.coupons.delete":                        "401  403  403  403   403  403  403   200   200",
}
# fmt: on
