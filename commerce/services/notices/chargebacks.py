"""What commerce tells people about money that a gateway took back or could not bring. Written in the transaction that
causes it; administrators and sellers are told by e-mail as well."""

from datetime import UTC
from decimal import Decimal

from accounts.choices import NotificationType
from accounts.models import User
from accounts.selectors.people import administrators
from accounts.services.notifications import notification_send
from commerce.choices import ChargebackState
from commerce.models import Chargeback, Payment, Refund
from commerce.services.ledger.shares import Taken
from commerce.services.notices.orders import about
from config.core.money import quantise

CHARGEBACK_TITLES = {
    ChargebackState.INQUIRY: "A Bank Asks",
    ChargebackState.OPEN: "Payment Disputed",
    ChargebackState.WON: "Dispute Won",
    ChargebackState.LOST: "Dispute Lost",
    ChargebackState.CLOSED: "Dispute Closed",
}
CHARGEBACK_WORDS = {
    ChargebackState.INQUIRY: "The buyer's bank asks about the payment for {thing}",
    ChargebackState.OPEN: "The buyer disputes the payment for {thing} at his bank",
    ChargebackState.WON: "The bank decided against the buyer's dispute of the payment for {thing}",
    ChargebackState.LOST: "The bank decided for the buyer's dispute of the payment for {thing}",
    ChargebackState.CLOSED: "The buyer's dispute of the payment for {thing} was closed",
}


def tell_about_chargeback(chargeback: Chargeback, taken: Taken, *, before: str) -> None:
    """Administrators learn of each change, sellers of those that change something for them."""
    payment, state = chargeback.payment, ChargebackState(chargeback.state)
    title, words = CHARGEBACK_TITLES[state], CHARGEBACK_WORDS[state].format(thing=_thing(payment))
    due = chargeback.evidence_due_at
    facts = [f"disputed: {_shown(payment, chargeback.amount)}", f"withdrawn: {_shown(payment, chargeback.withdrawn)}"]
    if chargeback.reason:
        facts.append(f"reason: {chargeback.reason.replace('_', ' ')}")
    if due is not None and chargeback.closed_at is None:
        facts.append(f"evidence is due by {due.astimezone(UTC):%d %B %Y, %H:%M} UTC")
    _tell_administrators(
        payment, NotificationType.CHARGEBACK_UPDATED, title, f"{words} ({payment.transaction_id}; {'; '.join(facts)})"
    )
    for seller in _sellers(payment):
        moved = _moved(payment, taken, seller)
        if moved or state != before:
            text = f"{words}. {moved}" if moved else words
            _tell(seller, payment, NotificationType.CHARGEBACK_UPDATED, title, text)


def tell_about_failed_refund(payment: Payment, refund: Refund, taken: Taken) -> None:
    """Administrators have to find another way to the buyer; sellers have their money again until then."""
    words = _did_not_reach(payment, refund)
    way = f"{words}. It is booked back; give it back in another way ({payment.transaction_id})"
    _tell_administrators(payment, NotificationType.REFUND_FAILED, "Refund Failed", way)
    for seller in _sellers(payment):
        if moved := _moved(payment, taken, seller):
            _tell(seller, payment, NotificationType.REFUND_FAILED, "Refund Failed", f"{words}. {moved}")


def tell_about_unmade_refund(payment: Payment, refund: Refund) -> None:
    """One that had not succeeded yet: nothing was booked of it, so it concerns administrators alone."""
    way = f"{_did_not_reach(payment, refund)}. Nothing was booked; give it back in another way"
    _tell_administrators(payment, NotificationType.REFUND_FAILED, "Refund Failed", f"{way} ({payment.transaction_id})")


# ---------------------------------------------------------------- parts
def _did_not_reach(payment: Payment, refund: Refund) -> str:
    amount, reason = _shown(payment, refund.amount), refund.failure_message or "no reason given"
    return f"The refund of {amount} for {_thing(payment)} did not reach the buyer ({reason})"


def _tell_administrators(payment: Payment, kind: NotificationType, title: str, message: str) -> None:
    for user in administrators().order_by("pk"):
        _tell(user, payment, kind, title, message)


def _tell(user: User, payment: Payment, kind: NotificationType, title: str, message: str) -> None:
    notification_send(
        user=user,
        notification_type=kind,
        title=title,
        message=message,
        data=about(payment),
        email="payment_alert",
        email_context={"title": title, "message": message, "transaction_id": payment.transaction_id},
    )


def _sellers(payment: Payment) -> list[User]:
    return list(User.objects.filter(pk__in=payment.shares.values("seller")).order_by("pk"))


def _moved(payment: Payment, taken: Taken, seller: User) -> str:
    """What was taken of a seller's money, or put back."""
    parts = []
    for amount, where in ((taken.earnings.get(seller.pk), "of your earning"), (taken.held.get(seller.pk), "in escrow")):
        if amount:
            verb = "were taken back" if amount > 0 else "are there again"
            parts.append(f"{_shown(payment, abs(amount))} {where} {verb}")
    return " and ".join(parts)


def _thing(payment: Payment) -> str:
    return f'"{payment.job.title}"' if payment.job is not None else payment.description.lower().replace(" ", " #")


def _shown(payment: Payment, amount: Decimal) -> str:
    return f"{payment.currency} {quantise(amount, payment.currency)}"
