"""What commerce refuses."""

from config.core.errors import Conflict, Denied, DomainError, Invalid, Kind, Upstream


class AlreadyOwned(Invalid):
    """Buying a file twice brings nothing."""

    code = "already_owned"


class PayeeGone(Invalid):
    """Nobody is there any more to send what would be paid for, or to do the work."""

    code = "payee_gone"


class OwnMoney(Denied):
    """Another administrator decides about what one owes or is owed."""

    code = "own_money"
    message = "Nobody decides about money of their own."


class BeingBought(Conflict):
    """A payment for it is under way."""

    code = "being_bought"


class EmptyCart(Invalid):
    code = "cart_empty"
    message = "The cart is empty."


class OwnListing(Invalid):
    code = "own_listing"


class AlreadyInCart(Conflict):
    code = "already_in_cart"
    message = "Model is already in the cart"


class NotInCart(DomainError):
    code = "not_in_cart"
    kind = Kind.MISSING
    message = "Model is not in the cart"


class PlanTaken(Conflict):
    code = "plan_taken"
    message = "Plan already exists"


class PlanInUse(Conflict):
    code = "plan_in_use"
    message = "Plan is in use"


class AlreadySubscribed(Conflict):
    code = "already_subscribed"
    message = "Already subscribed to this plan"


class NoSubscription(DomainError):
    code = "no_subscription"
    kind = Kind.MISSING
    message = "No active subscription"


class WrongSubscriptionStatus(Invalid):
    code = "wrong_subscription_status"


class AlreadyPaid(Conflict):
    code = "already_paid"
    message = "Checkout has already been paid"


class CheckoutOver(Conflict):
    """It was not paid in time, or another checkout took its place."""

    code = "checkout_over"
    message = "This checkout is over. Check out again."


class CouponRefused(Invalid):
    """What all refusals of a coupon have in common."""

    code = "coupon_refused"


class CouponUnknown(CouponRefused):
    code = "coupon_unknown"
    message = "Coupon not found"


class CouponInactive(CouponRefused):
    code = "coupon_inactive"
    message = "Coupon is not active"


class CouponExpired(CouponRefused):
    code = "coupon_expired"
    message = "Coupon has expired"


class CouponUsedUp(CouponRefused):
    code = "coupon_used_up"
    message = "Coupon usage limit reached"


class CouponTaken(Conflict):
    code = "coupon_taken"
    message = "Coupon code already exists"


class NothingHeld(Invalid):
    """The file is there, or the price went back already."""

    code = "nothing_held"
    message = "The price of this purchase is not held (any more), so it cannot be taken back here."


class FileNotThere(Conflict):
    """The seller sold it without its file, and has not attached it yet."""

    code = "file_not_there"
    message = "The seller has not attached the file yet. Until then you may have the whole price back."


class WrongOrderStatus(Invalid):
    code = "wrong_order_status"


class LineShipped(WrongOrderStatus):
    """Some of the order is with its buyer, or on its way there. `item` in the data is the line."""

    code = "line_shipped"


class WrongPaymentStatus(Invalid):
    code = "wrong_payment_status"


class WrongDisputeState(Invalid):
    code = "wrong_dispute_state"


class DisputeOpen(Invalid):
    """The money stays where it is until the dispute about it is decided or withdrawn."""

    code = "dispute_open"
    message = "A dispute about this payment is open. Decide the dispute instead."


class ChargebackOpen(Invalid):
    """The buyer disputes the charge at their bank: its money stays where it is until the bank has decided."""

    code = "chargeback_open"
    message = "The buyer's bank disputes this payment. Nothing of it can be refunded or released until that is decided."


class CardDeclined(Invalid):
    """The gateway refused the payment. `code` in the data is the gateway's own word."""

    code = "card_declined"
    message = "The payment was declined."


class NoDefaultMethod(Invalid):
    """The payer has no default method, or one that cannot be charged here."""

    code = "no_default_payment_method"
    message = "You have no default payment method that can be charged."


class TooManyMethods(Invalid):
    code = "too_many_payment_methods"


class WrongCode(Invalid):
    """`tries_left` in the data says how often one may still guess."""

    code = "wrong_code"
    message = "The code is not right."


class CodeExpired(Invalid):
    code = "code_expired"
    message = "The code has expired, or there is none. Ask for a new one."


class BalanceTooLow(Invalid):
    code = "balance_too_low"


class StatementTooLong(Invalid):
    """For a document of pages; `lines` and `most` in the data. As CSV it may be as long as it is."""

    code = "statement_too_long"


class BelowMinimum(Invalid):
    """Of the seller's own payout settings."""

    code = "below_minimum_payout"


class WrongPayoutStatus(Invalid):
    code = "wrong_payout_status"


class PayoutWaits(WrongPayoutStatus):
    """Its account is new: the seller has some days to stop it. `waits_until` in the data is when they are over."""

    code = "payout_waits"


class MethodUnavailable(Invalid):
    code = "method_unavailable"


class RefundTooLarge(Invalid):
    code = "refund_too_large"


class RefundWaits(Invalid):
    """It was asked for already, and waits for whoever hands the money over: that one is meant, or another."""

    code = "refund_waits"


class GatewayUnavailable(Upstream):
    code = "gateway_unavailable"
    message = "The payment service does not answer. Nothing was charged twice; please try again."


class GatewayRefused(DomainError):
    """The gateway understood and said no, for a reason that is not the card's."""

    code = "gateway_refused"
    kind = Kind.INVALID
    message = "The payment service refused the request."


class EventNotGenuine(Invalid):
    """A message in a gateway's name whose signature, age or form is wrong."""

    code = "signature_invalid"
    message = "The signature of this event is not valid."


class BuyersOnly(Denied):
    """Only who bought a listing, and was not given the whole price back, may review it."""

    code = "buyers_only"
    message = "Only those who bought it can review it."
