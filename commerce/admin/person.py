"""What commerce has of a person, on their page: what they bought and sold, their money, and what is argued about."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User
from commerce import policies
from commerce.admin.payouts import about_line
from commerce.choices import AccountKind
from commerce.models import Dispute, LedgerAccount, LedgerEntry, Order, OrderLine, Payment, Payout, Subscription
from commerce.selectors.balances import seller_accounts
from config.adminsite.amounts import in_currency
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link

SHOWN: Final = 20


def trade_of_person(request: HttpRequest, person: User) -> Iterator[Panel]:
    """The newest of each. For those who see orders. Eleven queries."""
    if not policies.may_manage_orders(request.user):
        return
    yield _orders(request, person)
    yield _sales(request, person)
    yield _payments(request, person)
    yield from _balances(request, person)
    yield _payouts(request, person)
    yield _disputes(request, person)
    yield _subscriptions(request, person)


def _orders(request: HttpRequest, person: User) -> Panel:
    orders = Order.objects.filter(buyer=person).order_by("-created_at", "-pk")
    return Panel(
        "Orders",
        ("Order", "State", "Total", "Placed"),
        [
            (
                link(order, row_address(request, "commerce.Order", order.pk)),
                order.get_status_display(),
                in_currency(order.total_amount, order.currency),
                order.created_at,
            )
            for order in orders[:SHOWN]
        ],
        address=list_address(request, "commerce.Order", f"buyer__id__exact={person.pk}"),
        numeric=(2,),
    )


def _sales(request: HttpRequest, person: User) -> Panel:
    lines = OrderLine.objects.filter(seller=person).select_related("order__buyer").order_by("-pk")
    return Panel(
        "Sales",
        ("What", "In", "Buyer", "Total", "State of the order", "Placed"),
        [
            (
                str(line),
                link(line.order, row_address(request, "commerce.Order", line.order_id)),
                str(line.order.buyer),
                in_currency(line.total_price, line.order.currency),
                line.order.get_status_display(),
                line.order.created_at,
            )
            for line in lines[:SHOWN]
        ],
        numeric=(3,),
    )


def _payments(request: HttpRequest, person: User) -> Panel:
    """Made and received. Each of the two has its index; asked for at once, neither is used."""
    rows = Payment.objects.select_related("payer", "payee").order_by("-created_at", "-pk")
    found = {
        payment.pk: payment
        for which in ({"payer": person}, {"payee": person})
        for payment in rows.filter(**which)[:SHOWN]
    }
    newest = sorted(found.values(), key=attrgetter("created_at", "pk"), reverse=True)[:SHOWN]
    return Panel(
        "Payments",
        ("Payment", "From", "To", "Amount", "Given back", "State", "Begun"),
        [
            (
                link(payment, row_address(request, "commerce.Payment", payment.pk)),
                str(payment.payer),
                str(payment.payee),
                in_currency(payment.amount, payment.currency),
                in_currency(payment.refunded_amount or None, payment.currency),
                payment.get_status_display(),
                payment.created_at,
            )
            for payment in newest
        ],
        address=list_address(request, "commerce.Payment", f"payer__id__exact={person.pk}"),
        numeric=(3, 4),
    )


def _balances(request: HttpRequest, person: User) -> Iterator[Panel]:
    """What they are owed, and the newest lines that led to it, each with the balance after it."""
    accounts = seller_accounts(actor=person)
    yield Panel(
        "Balances",
        ("Currency", "Owed to them", "Held for them"),
        [
            (account.currency, *(in_currency(value, account.currency) for value in (account.balance, account.held)))
            for account in accounts
        ],
        numeric=(1, 2),
    )
    # By their ids: a join would let a database walk through everybody's entries, the newest first.
    owed = list(LedgerAccount.objects.filter(kind=AccountKind.SELLER, owner=person).values_list("pk", flat=True))
    lines = LedgerEntry.objects.filter(account__in=owed)
    after = {account.currency: account.balance for account in accounts}
    rows: list[tuple[object, ...]] = []
    for line in lines.select_related("account", "transaction__payment", "transaction__promotion").order_by("-pk")[
        :SHOWN
    ]:
        currency, moved = line.account.currency, line.transaction
        rows.append(
            (
                moved.created_at,
                moved.get_kind_display(),
                about_line(request, moved),
                in_currency(line.amount, currency),
                in_currency(after[currency], currency),
            )
        )
        after[currency] -= line.amount
    yield Panel(
        "Statement",
        ("When", "What", "Of", "Amount", "Balance after"),
        rows,
        numeric=(3, 4),
        note="The newest lines. The button above gives the statement of a period, as PDF and CSV; a payout's page too.",
        empty="Nothing was ever owed to them.",
    )


def _payouts(request: HttpRequest, person: User) -> Panel:
    payouts = Payout.objects.filter(seller=person).order_by("-request_date", "-pk")
    return Panel(
        "Payouts",
        ("Payout", "By", "To", "State", "Reference", "Asked for"),
        [
            (
                link(payout, row_address(request, "commerce.Payout", payout.pk)),
                payout.get_method_display(),
                payout.account_hint,
                payout.get_status_display(),
                payout.reference or payout.failure_message,
                payout.request_date,
            )
            for payout in payouts[:SHOWN]
        ],
        address=list_address(request, "commerce.Payout", f"seller__id__exact={person.pk}"),
    )


def _disputes(request: HttpRequest, person: User) -> Panel:
    sides = Q(payment__payer=person) | Q(payment__payee=person)
    disputes = Dispute.objects.filter(sides).select_related("payment", "opened_by").order_by("-pk")
    return Panel(
        "Disputes",
        ("Dispute", "About", "Opened by", "State", "Opened"),
        [
            (
                link(f"#{dispute.pk}", row_address(request, "commerce.Dispute", dispute.pk)),
                str(dispute.payment),
                str(dispute.opened_by),
                dispute.get_state_display(),
                dispute.created_at,
            )
            for dispute in disputes[:SHOWN]
        ],
        note="What its two sides wrote to each other is read on the page of an open one, by administrators.",
    )


def _subscriptions(request: HttpRequest, person: User) -> Panel:
    subscriptions = Subscription.objects.filter(user=person).select_related("plan").order_by("-pk")
    return Panel(
        "Subscriptions",
        ("Subscription", "Plan", "State", "Amount", "Until"),
        [
            (
                link(f"#{each.pk}", row_address(request, "commerce.Subscription", each.pk)),
                str(each.plan),
                each.get_status_display(),
                in_currency(each.amount, each.currency),
                each.current_period_end,
            )
            for each in subscriptions[:SHOWN]
        ],
        numeric=(3,),
    )
