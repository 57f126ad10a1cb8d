"""What the offline assistant says of the caller's own orders, balance and tickets."""

from collections.abc import Callable
from typing import Final

from accounts.models import User
from commerce.services.checkout.downloads import DOWNLOAD_LIMIT
from community.assistant import wording
from community.assistant.facts import balance_facts, orders_facts, sales_facts, ticket_facts
from community.assistant.questions import Question, Topic

MOST_LISTED: Final = 5


def _orders(question: Question, actor: User) -> str:
    orders = orders_facts(actor=actor, number=question.order_number)
    if not orders:
        numbered = question.order_number is not None
        return (
            f"You have no order number {question.order_number}." if numbered else "You have not ordered anything yet."
        )
    texts = []
    for order in orders:
        text = f"Order {order.number} of {order.placed:%d %B %Y}: {wording.listed(list(order.lines))}"
        text += f", {wording.money(order.total, order.currency)}, {order.status}"
        if order.downloads:
            left = [max(0, DOWNLOAD_LIMIT - used) for used in order.downloads]
            text += f", downloads left: {wording.listed([str(count) for count in left])}"
        texts.append(f"{text}.")
    return "\n".join(texts if question.order_number is not None else ["Your newest orders:", *texts])


def _balance(_question: Question, actor: User) -> str:
    if not actor.may_sell:
        return "You have a buyer's account, which earns nothing."
    texts = []
    for account in balance_facts(actor=actor):
        text = f"{wording.money(account.balance, account.currency)} in your balance"
        text += f", {wording.money(account.held, account.currency)} on hold" if account.held else ""
        texts.append(text)
    return f"There is {wording.listed(texts)}."


def _tickets(_question: Question, actor: User) -> str:
    tickets = ticket_facts(actor=actor)
    if not tickets:
        return "You have no support tickets."
    texts = [f"{ticket.number} (“{ticket.subject}”) is {ticket.get_status_display().lower()}." for ticket in tickets]
    return "\n".join(["Your newest tickets:", *texts])


def _sales(_question: Question, actor: User) -> str:
    sold = sales_facts(actor=actor)
    if not sold:
        return "You have not sold anything yet."
    whole = sum(fact.sales for fact in sold)
    texts = [
        f"“{fact.title}”: {fact.sales}, {wording.money(fact.revenue, fact.currency)}" for fact in sold[:MOST_LISTED]
    ]
    rest = f"\nand {len(sold) - MOST_LISTED} more." if len(sold) > MOST_LISTED else ""
    head = f"You have sold {whole:,} time{'' if whole == 1 else 's'}, the best first (before fees, less refunds):"
    return "\n".join([head, *texts]) + rest + "\nWho bought is said in your list of sales."


def _others(_question: Question, _actor: User) -> str:
    return "I see only what is yours: nobody else's orders, balance or tickets."


OWN: Final[dict[Topic, Callable[[Question, User], str]]] = {
    Topic.ORDERS: _orders,
    Topic.BALANCE: _balance,
    Topic.TICKETS: _tickets,
    Topic.SALES: _sales,
    Topic.OTHERS: _others,
}
