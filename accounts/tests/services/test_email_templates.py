"""Every e-mail is rendered, and a variable that nobody fills in fails the test."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from accounts.services.emails import email_compose
from accounts.tests.factories import ArtistFactory, UserFactory
from community.tests.factories import EmailFactory

TEMPLATES = Path(settings.BASE_DIR) / "templates/email"
LINES = [{"title": "Dawn <b>", "quantity": 2, "total": "1250.000"}, {"title": "Dusk", "quantity": 1, "total": "3.50"}]
JOB = {"job_id": 3, "job_title": 'Logo & "<b>"', "currency": "PKR", "transaction_id": "TXN789456123"}
PAYOUT = {
    "amount": "50.00",
    "fees": "1.00",
    "net_amount": "49.00",
    "currency": "USD",
    "method": "PayPal",
    "account": "****.com",
}
CONTEXTS = {
    "welcome": {},
    "email_verification": {},
    "password_reset": {"nonce": "0" * 32},
    "password_changed": {},
    "email_change_requested": {"change": 0, "old_email": "a@example.com", "new_email": "b@example.com"},
    "email_changed": {"change": 0, "old_email": "a@example.com", "new_email": "b@example.com"},
    "data_export": {"download_url": "http://localhost:8000/your-data/1:x/", "expires": "02 December 2026, 16:00 UTC"},
    "deletion_requested": {"due": "02 December 2026, 16:00 UTC"},
    "deletion_cancelled": {},
    "deletion_waits": {"reasons": ["The balance is 12.00 USD, with what is held.", "2 <b>orders</b> are under way."]},
    "account_deleted": {"name": "deleted-7"},
    "webhook_added": {
        "title": "A webhook was added to your account",
        "host": "example.com",
        "events": "order.paid, payout.updated",
    },
    "webhook_disabled": {"words": "Shop <b>: the address did not take a message for 5 days, so it is disabled."},
    "two_factor_enabled": {},
    "two_factor_disabled": {},
    "two_factor_reset": {},
    "staff_invitation": {
        "level": "content moderator",
        "invitation_url": "http://localhost:8000/invitation/1:x/",
        "expires": "02 December 2026, 16:00 UTC",
    },
    "api_key_created": {"name": "Shop & <b>", "prefix": "atl_Ab12Cd34"},
    "api_key_ended": {"name": "Shop & <b>", "prefix": "atl_Ab12Cd34"},
    "backup_codes_replaced": {},
    "account_verified": {},
    "social_linked": {"provider": "Google"},
    "social_unlinked": {"provider": "GitHub"},
    "new_follower": {"follower_name": "Bo & <b>", "profile_url": "http://localhost:3000/profile/bo"},
    "artwork_approved": {"artwork_id": 7, "title": 'Dawn & "<b>"', "reason": ""},
    "artwork_rejected": {"artwork_id": 7, "title": 'Dawn & "<b>"', "reason": "Too <i>small</i>\nand dark"},
    "model_approved": {"model_id": 7, "model_name": 'Gear & "<b>"'},
    "model_rejected": {"model_id": 7, "model_name": 'Gear & "<b>"', "reason": "Too <i>thin</i>\nand open"},
    "comment_notification": {
        "commenter_name": "Bob <b>",
        "title": 'Gear & "<b>"',
        "comment": "Nice <i>teeth</i>\nreally",
        "link": "/model/7",
    },
    "campaign": {
        "subject": "March & more",
        "letter": "<h1>Hello</h1>",
        "text": "Hello",
        "pixel_url": "http://localhost:8000/campaigns/opened/1:x.gif",
        "unsubscribe_url": "http://localhost:8000/unsubscribe/1.1:x/",
    },
    "sale": {"order_id": 5, "lines": LINES, "earning": "1128.150", "fee": "125.35", "currency": "PKR"},
    "purchase_confirmation": {
        "order_id": 5,
        "lines": LINES,
        "total": "1253.50",
        "currency": "PKR",
        "transaction_id": "TXN789456123",
    },
    "sale_notification": {
        "model_name": 'Gear & "<b>"',
        "model_id": 7,
        "amount": "40.00",
        "revenue": "37.00",
        "fee_percent": "7.5",
        "currency": "USD",
    },
    "payment_refunded": {"order_id": 5, "amount": "1253.50", "currency": "PKR"},
    "order_cancelled": {"order_id": 5, "reason": "not paid in time"},
    "order_letter": {"order_id": 5, "subject": 'Your "<b>" & more', "words": "It is <i>late</i>.\nWe are sorry."},
    "listing_letter": {"artwork_id": 5, "title": "Dunes", "subject": 'Your "<b>"', "words": "It is <i>dark</i>."},
    "job_payment_held": JOB | {"amount": "850.00"},
    "job_payment_released": JOB | {"earning": "765.00", "fee": "85.00"},
    "job_payment_refunded": JOB | {"amount": "85.00"},
    "payment_method_code": {"method_id": 0, "type": "Credit Card", "last_four": "4242"},
    "payout_updated": PAYOUT | {"status": "failed", "reference": "", "reason": "No <b>such</b> account"},
    "payout_account_changed": {},
    "payout_waits": PAYOUT | {"status": "pending", "waits_until": "02 December 2026, 16:00 UTC"},
    "printer_event": {
        "heading": "Print finished",
        "printer": 'Main & "<b>"',
        "words": "Bracket <i>left</i> is ready.",
        "board": "http://localhost:8000/printshop/board/",
    },
    "payment_alert": {
        "title": "Payment Disputed",
        "message": 'The buyer disputes the payment for "Logo & <b>" at his bank',
        "transaction_id": "TXN789456123",
    },
    "support_ticket_update": {
        "ticket_id": 3,
        "number": "TICK-2024-001",
        "subject": "No <b>file</b> & no link",
        "status": "in progress",
        "message": "Support has answered your ticket.",
        "answer": "Please try <i>again</i>.\nWe have repaired it.",
    },
}
SUBJECTS = {
    "welcome": "Welcome to Atelier",
    "email_verification": "Verify your email address",
    "password_reset": "Reset your password",
    "password_changed": "Your password was changed",
    "email_change_requested": "Your e-mail address is to be changed",
    "email_changed": "Your e-mail address was changed",
    "data_export": "Your data is ready",
    "deletion_requested": "Your account will be deleted",
    "deletion_cancelled": "Your account stays",
    "deletion_waits": "Your account cannot be deleted yet",
    "account_deleted": "Your account is deleted",
    "webhook_added": "A webhook was added to your account",
    "webhook_disabled": "Your webhook is disabled",
    "two_factor_enabled": "Two-factor authentication is on",
    "two_factor_disabled": "Two-factor authentication is off",
    "two_factor_reset": "We turned two-factor authentication off",
    "staff_invitation": "Work with us on Atelier",
    "api_key_created": "A new API key for your account",
    "api_key_ended": "An API key of your account was ended",
    "backup_codes_replaced": "You have new backup codes",
    "account_verified": "Your account is verified",
    "social_linked": "You can sign in with Google now",
    "social_unlinked": "GitHub no longer signs in to your account",
    "new_follower": "You have a new follower",
    "artwork_approved": '"Dawn & "<b>"" is now on sale',
    "artwork_rejected": '"Dawn & "<b>"" was not approved',
    "model_approved": "Your Model Has Been Approved!",
    "model_rejected": "Model Review Update",
    "comment_notification": 'New comment on Gear & "<b>"',
    "campaign": "March & more",
    "sale": "You sold 2 items: PKR1,128.15",
    "purchase_confirmation": "Your order #5 is confirmed",
    "sale_notification": "You Made a Sale!",
    "payment_refunded": "Refund of PKR1,253.50 for order #5",
    "order_cancelled": "Order #5 was cancelled",
    "order_letter": 'Your order #5: Your "<b>" & more',
    "listing_letter": 'Your work "Dunes": Your "<b>"',
    "job_payment_held": 'Your payment for "Logo & "<b>"" is held: PKR850.00',
    "job_payment_released": 'You earned PKR765.00 with "Logo & "<b>""',
    "job_payment_refunded": 'Refund of PKR85.00 for "Logo & "<b>""',
    "payment_method_code": "Verify your payment method",
    "payout_updated": "Your payout of USD50.00 failed",
    "payout_account_changed": "Your payout account was changed",
    "payout_waits": "Your payout of USD50.00 goes to a new account",
    "printer_event": 'Print finished: Main & "<b>"',
    "payment_alert": "Payment Disputed: payment TXN789456123",
    "support_ticket_update": "Update on your support ticket #3",
}
PIECES = {"base", "lines"}

pytestmark = pytest.mark.django_db


class Undefined(str):
    """What Django puts in place of an undefined variable, which says so instead."""

    def __contains__(self, text: object) -> bool:
        return True

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"undefined variable: {name}")


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Undefined("%s"))


# What adds to a template only while it is rendered, as the services name it.
LATE = {
    "email_verification": "accounts.services.verification.link_in_mail",
    "password_reset": "accounts.services.passwords.link_in_mail",
    "email_change_requested": "accounts.services.email_changes.undo_in_mail",
    "email_changed": "accounts.services.email_changes.undo_in_mail",
    "payment_method_code": "commerce.services.payments.saved_methods.code_in_mail",
}


def names() -> set[str]:
    return {path.name.split(".")[0] for path in TEMPLATES.iterdir() if path.suffix in {".txt", ".html"}} - PIECES


def test_every_template_has_an_example_here():
    assert names() == set(CONTEXTS) == set(SUBJECTS)
    for name in names():
        for kind in ("subject.txt", "txt", "html"):
            assert (TEMPLATES / f"{name}.{kind}").is_file()


@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("person", [UserFactory, ArtistFactory])
def test_subject_text_and_page(name, person, strict):
    user = person(username="ali<ce>", first_name="", email="alice@example.com")
    message = email_compose(EmailFactory(user=user, template=name, context=CONTEXTS[name], late=LATE.get(name, "")))
    page, kind = message.alternatives[0]

    assert message.subject == SUBJECTS[name]
    assert message.to == ["alice@example.com"]
    assert message.body.startswith("Hello ali<ce>,\n\n")
    assert kind == "text/html"
    assert "Hello ali&lt;ce&gt;," in page
    assert "<b>" not in page and "<i>" not in page
    for text in (message.body, page):
        assert settings.FRONTEND_URL in text
        assert "{{" not in text and "{%" not in text


def test_amounts_and_links(strict):
    user = UserFactory()
    sale = email_compose(EmailFactory(user=user, template="sale", context=CONTEXTS["sale"]))
    assert "  2 x Dawn <b>  PKR1,250.00\n  1 x Dusk  PKR3.50\n" in sale.body
    assert "The platform's fee: PKR125.35\nYour earning: PKR1,128.15\n" in sale.body
    assert f'href="{settings.FRONTEND_URL}/orders/5"' in sale.alternatives[0][0]


def test_undefined_variables_are_noticed(strict):
    with pytest.raises(AssertionError, match="undefined variable: title"):
        email_compose(EmailFactory(template="artwork_approved", context={"artwork_id": 1}))


def test_message_id_stays_and_the_title_cannot_add_headers():
    delivery = EmailFactory(context={"artwork_id": 1, "title": "Dawn\nBcc: eve@example.com", "reason": ""})
    first, again = email_compose(delivery), email_compose(delivery)
    assert first.message()["Message-ID"] == again.message()["Message-ID"] == f"<{delivery.message_id}@localhost>"
    assert first.message()["Bcc"] is None
    assert first.subject == '"Dawn Bcc: eve@example.com" is now on sale'


def test_the_sender_s_domain_signs_the_message_id(settings):
    settings.DEFAULT_FROM_EMAIL = "Atelier <noreply@atelier.example>"
    assert email_compose(EmailFactory()).message()["Message-ID"].endswith("@atelier.example>")


# The e-mails that Nexus's document has, with what it says they hold.
NEXUS = {
    "welcome": ({"market": "Nexus Models"}, "Welcome to Nexus Models!", ["premium 3D models"]),
    "email_verification": ({}, "Verify your email address", ["/verify-email/"]),
    "password_reset": ({"nonce": "0" * 32}, "Reset your password", ["ask again"]),
    "model_approved": (CONTEXTS["model_approved"], "Your Model Has Been Approved!", ["Gear", "has been approved"]),
    "model_rejected": (CONTEXTS["model_rejected"], "Model Review Update", ["Gear", "Reason: Too"]),
    "sale_notification": (CONTEXTS["sale_notification"], "You Made a Sale!", ["was purchased for", "platform fee"]),
    "purchase_confirmation": (
        {"model_name": "Gear", "model_id": 7, "amount": "40.00", "currency": "USD"},
        "Purchase Confirmation",
        ["Thank you for your purchase!", "You can now download"],
    ),
    "new_follower": (CONTEXTS["new_follower"], "You have a new follower", ["is now following you", "/profile/bo"]),
    "comment_notification": (CONTEXTS["comment_notification"], None, ["commented on"]),
    "support_ticket_update": (CONTEXTS.get("support_ticket_update", {}), None, ["is now"]),
}


@pytest.mark.parametrize("name", [name for name in NEXUS if name in CONTEXTS])
def test_the_ten_of_nexus(name, strict):
    context, subject, words = NEXUS[name]
    user = UserFactory(username="alice", first_name="Alice")
    message = email_compose(EmailFactory(user=user, template=name, context=context, late=LATE.get(name, "")))
    page, _kind = message.alternatives[0]

    if subject is not None:
        assert message.subject == subject
    assert message.body.startswith("Hello Alice,")
    for word in words:
        assert word in message.body and word in page
