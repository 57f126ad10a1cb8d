"""v1's requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.tests.factories import PASSWORD
from marketplace.tests.solids import mesh_file
from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Body, Request, fixed, of
from tests.roles.requests.sign_ins import sign_ins

if TYPE_CHECKING:
    from tests.roles.world import World


def label(_world: World, _role: str) -> Body:
    return {"position_x": 1.5, "position_y": 0.0, "position_z": -2.25, "text": "Gear tooth", "category": "Part"}


def ticket_body(world: World, _role: str) -> Body:
    return {
        "purchase_id": world.paid_order.lines.get().pk,
        "issue_type": "download_problem",
        "subject": "Cannot download my purchased file",
        "description": "The download link is not working properly",
        "priority": "medium",
    }


V1: dict[str, Request] = {
    "auth.register": Request(
        body=fixed(username="newcomer", email="newcomer@example.com", password=PASSWORD, full_name="New Comer")
    ),
    "auth.login": Request(body=fixed(username="eve", password=PASSWORD), form=True),
    "auth.password.change": CHANGE,
    "auth.password.forgot": FORGOT,
    "auth.password.reset": RESET,
    "auth.email_preferences.retrieve": Request(),
    "auth.email_preferences.update": Request(body=fixed(comments=False)),
    "auth.exports.create": Request(),
    "auth.exports.list": Request(),
    **sign_ins("auth.", key_id="key_id", session_id="session_id"),
    "auth.me.delete": Request(body=fixed(password=PASSWORD)),
    "designs.sell": Request(
        body=fixed(
            designName="Mechanical Gear",
            description="Precision gear for small gearboxes",
            price="29.99",
            category="mechanical",
            fileOrigin="original",
            licenseType="commercial",
            originDeclaration=True,
            qualityAssurance=True,
            technicalSpecs="Module 1.5, 24 teeth",
            tags="gear,mechanical",
            instructions="Print at 0.2 mm",
        )
    ),
    "designs.create": Request(
        body=fixed(name="Mechanical Gear", description="A gear", price=29.99, category="mechanical", status="draft")
    ),
    "designs.list": Request(query={"category": "mechanical", "search": "gear"}),
    "designs.get": Request(path=of("design", "design_id")),
    "designs.get (a draft)": Request(path=of("design_draft", "design_id")),
    "design_reviews.list": Request(path=of("reviewed", "design_id")),
    "design_reviews.create": Request(
        path=of("bought", "design_id"),
        body=fixed(rating=5, comment="Fits well."),
    ),
    "design_reviews.update": Request(path=of("reviewed", "design_id"), body=fixed(rating=3, comment="It broke.")),
    "labels.create": Request(path=of("design", "model_id"), body=label),
    "labels.create (on a draft)": Request(path=of("design_draft", "model_id"), body=label),
    "labels.list": Request(path=of("design", "model_id")),
    "labels.list (of a draft)": Request(path=of("design_draft", "model_id")),
    "labels.update": Request(path=of("label", "label_id"), body=fixed(text="Worn gear tooth", category="Texture")),
    "labels.ai_suggestions": Request(path=of("design", "model_id")),
    "labels.ai_suggestions (of a draft)": Request(path=of("design_draft", "model_id")),
    "models.upload_stl": Request(
        body=lambda _world, _role: {
            "file": mesh_file(),
            "name": "Mechanical Gear",
            "description": "Precision gear",
            "project_name": "Gearbox",
            "designer": "John Doe",
            "tags": ["gear", "mechanical"],
        },
        form=True,
    ),
    "designs.appeal": Request(path=of("copied", "design_id"), body=fixed(reason="I modelled it.")),
    "designs.edit": Request(
        path=of("design", "design_id"),
        body=fixed(
            title="Updated Mechanical Gear v2",
            description="Improved version",
            price=35.00,
            category="Engineering",
            tags=["mechanical", "gear"],
            is_featured=True,
        ),
    ),
    "cart.add": Request(
        body=lambda world, _role: {
            "design_id": str(world.gear.uuid),
            "name": "Mechanical Gear",
            "price": 29.99,
            "size": "M",
            "color": "red",
            "icon": "gear",
            "quantity": 1,
        }
    ),
    "cart.list": Request(),
    "cart.update": Request(path=of("wish", "cart_item_id"), body=fixed(quantity=2, size="L", color="blue")),
    "cart.remove": Request(path=of("wish", "cart_item_id")),
    "checkout.create": Request(),
    "sales.purchases": Request(),
    "sales.refund": Request(path=of("line_without_file", "transaction_id")),
    "sales.refund (its file is there)": Request(path=of("line_with_file", "transaction_id")),
    "sales.pay": Request(path=of("line_to_pay", "transaction_id")),
    "sales.list": Request(),
    "payouts.create": Request(
        body=fixed(amount=20.5, method="paypal", fees=0, net_amount=20.5, payout_account="alice@example.com")
    ),
    "payouts.list": Request(),
    "payouts.cancel": Request(path=of("payout", "payout_id")),
    "purchases.mine": Request(),
    "purchases.download": Request(path=of("line_with_file", "purchase_id")),
    "purchases.receipt": Request(path=of("line_with_file", "purchase_id")),
    "purchases.download (its file is not there)": Request(path=of("line_without_file", "purchase_id")),
    "campaigns.create": Request(
        body=lambda world, _role: {
            "name": "Summer Sale",
            "description": "25% off all engineering designs",
            "discount_type": "percentage",
            "discount_value": 25.0,
            "start_date": "2024-06-01T00:00:00Z",
            "end_date": "2124-08-31T23:59:59Z",
            "design_ids": [world.gear.pk],
            "target_audience": "returning_customers",
            "budget": 500.0,
        }
    ),
    "campaigns.list": Request(),
    "campaigns.update": Request(
        path=of("campaign", "campaign_id"),
        body=fixed(name="Extended Sale", discount_value=30.0, end_date="2125-09-15T23:59:59Z", budget=750.0),
    ),
    "campaigns.delete": Request(path=of("campaign", "campaign_id")),
    "designs.promote": Request(
        path=of("gear", "design_id"),
        body=fixed(promotion_type="featured", duration_days=30, budget=100.0, target_audience="followers"),
    ),
    "analytics.design": Request(query=lambda world: {"period": "month", "design_id": world.design.pk}),
    "analytics.user": Request(query={"period": "week"}),
    "analytics.sales": Request(query={"period": "month", "start_date": "2024-01-01", "end_date": "2024-01-31"}),
    "tools.pricing_suggestions": Request(
        body=lambda world, _role: {
            "design_id": world.design.pk,
            "category": "Engineering",
            "complexity": "high",
            "file_size_mb": 15.5,
            "print_time_hours": 8.5,
        }
    ),
    "tools.bulk_review_update": Request(
        body=lambda world, _role: {
            "review_ids": [world.reviewed.reviews.get().pk],
            "action": "mark_helpful",
            "response_template": "Thank you for your feedback!",
        }
    ),
    "designs.performance": Request(path=of("design", "design_id"), query={"days": "30"}),
    "payment_methods.list": Request(),
    "payment_methods.add": Request(
        body=fixed(
            type="credit_card",
            provider="stripe",
            card_number="4242424242424242",
            expiry_month=12,
            expiry_year=2030,
            cvc="123",
            cardholder_name="John Doe",
            billing_address={"street": "123 Main St", "city": "New York", "postal_code": "10001", "country": "US"},
        )
    ),
    "payment_methods.verify": Request(
        path=of("saved_card", "payment_method_id"), body=lambda world, _role: {"verification_code": world.card_code()}
    ),
    "payment_methods.send_code": Request(path=of("saved_card", "payment_method_id")),
    "payment_methods.set_default": Request(path=of("saved_card", "payment_method_id")),
    "payment_methods.delete": Request(path=of("saved_card", "payment_method_id")),
    "chat.sessions.create": Request(body=fixed(model_id=None)),
    "chat.sessions.list": Request(),
    "chat.messages.send": Request(
        path=of("chat", "session_id"), body=fixed(message="How do I print this part?", message_type="text")
    ),
    "chat.messages.list": Request(path=of("chat", "session_id")),
    "support_tickets.create": Request(body=ticket_body),
    "support_tickets.list": Request(),
    "support_tickets.get": Request(path=of("ticket", "ticket_id")),
    "support_tickets.write": Request(path=of("ticket", "ticket_id"), body=fixed(message="It works now.")),
    "payout_settings.get": Request(),
    "payout_settings.update": Request(
        body=fixed(
            method="bank_transfer",
            bank_name="Chase Bank",
            account_number="1234567890",
            routing_number="987654321",
            account_holder_name="John Doe",
            minimum_payout=50.0,
            payout_schedule="monthly",
        )
    ),
}
