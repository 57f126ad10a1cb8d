"""A seller's statement: every line of their balance, in order, adding up to it."""

from decimal import Decimal

import pytest

from accounts.tests.factories import ArtistFactory
from commerce.selectors.balances import seller_accounts, seller_balance, seller_statement
from commerce.services.escrow.holds import payment_release
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_job, paid_order
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(alice, bob, admin):
    """A sale, a job released, part of the sale refunded, a sale in dollars, and a job still in escrow."""
    _order, sale = paid_order(bob, ArtworkFactory(seller=alice, price="100.00"))
    job = paid_job(completed_job(buyer=bob, artist=alice))
    payment_release(actor=admin, payment_id=job.pk)
    payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("50.00"))
    paid_order(bob, ArtworkFactory(seller=alice, price="10.00", currency="USD"))
    paid_job(completed_job(buyer=bob, artist=alice, final_amount=Decimal("20.00")))


def test_the_lines_in_order_with_the_balance_after_each(story, alice):
    lines = [
        (line.transaction.kind, line.account.currency, line.amount, line.balance)
        for line in seller_statement(actor=alice)
    ]
    assert lines == [
        ("payment", "PKR", Decimal("90.00"), Decimal("90.00")),
        ("release", "PKR", Decimal("765.00"), Decimal("855.00")),
        ("refund", "PKR", Decimal("-45.00"), Decimal("810.00")),
        ("payment", "USD", Decimal("9.00"), Decimal("9.00")),
    ]


def test_they_add_up_to_the_balance_beside_which_stands_what_is_held(story, alice):
    accounts = {account.currency: (account.balance, account.held) for account in seller_accounts(actor=alice)}
    assert accounts == {"PKR": (Decimal("810.00"), Decimal("20.00")), "USD": (Decimal("9.00"), Decimal("0"))}
    for currency, (balance, _held) in accounts.items():
        lines = seller_statement(actor=alice).filter(account__currency=currency)
        assert sum(line.amount for line in lines) == list(lines)[-1].balance == balance
        assert seller_balance(seller_id=alice.pk, currency=currency) == balance


def test_nobody_elses_lines(story, bob, charlie, alice):
    dora = ArtistFactory()
    paid_order(charlie, ArtworkFactory(seller=dora, price="1.00"))
    assert [line.amount for line in seller_statement(actor=dora)] == [Decimal("0.90")]
    for person in (bob, charlie):
        assert list(seller_statement(actor=person)) == []
        [account] = seller_accounts(actor=person)
        assert (account.currency, account.balance, account.held) == ("PKR", 0, 0)
