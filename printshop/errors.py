"""What the print shop refuses."""

from config.core.errors import Conflict, DomainError, Invalid, Kind, Limited, Upstream


class NotConnected(Conflict):
    code = "etsy_not_connected"
    message = "The shop is not connected to Etsy. Sign in with Etsy first."


class EtsyNotConfigured(Invalid):
    code = "etsy_not_configured"
    message = "Etsy sign-in is not configured on this server."


class EtsyRefused(Invalid):
    """Etsy refused the sign-in: a code that was used or is too old, a verifier or state that is not ours."""

    code = "etsy_refused"
    message = "Etsy did not accept this sign-in. Start it again."


class EtsyLimited(Limited):
    code = "etsy_limited"

    def __init__(self, words: str = "Etsy allows no more requests now.", *, wait: int) -> None:
        super().__init__(words, wait=wait)


class EtsyUnavailable(Upstream):
    code = "etsy_unavailable"
    message = "Etsy does not answer now. Nothing is lost; try again later."


class EtsyTaken(Conflict):
    code = "etsy_shop_taken"
    message = "This Etsy shop is connected to another account here."


class ShipmentRefused(Conflict):
    """Etsy did not take the parcel; the words are Etsy's."""

    code = "shipment_refused"


class WrongStatus(Conflict):
    """A change of status that there is not, from where the thing stands now."""

    code = "wrong_status"


class PrinterBusy(Conflict):
    code = "printer_busy"
    message = "The printer is printing."


class PrinterNotReady(Conflict):
    """Offline, or monitored only; the words say which."""

    code = "printer_not_ready"
    message = "The printer cannot take commands now."


class InUse(Conflict):
    code = "in_use"


class PrinterFailed(DomainError):
    """The printer was asked and did not do it."""

    code = "printer_failed"
    kind = Kind.CONFLICT
    message = "The printer did not do it."


class EventNotGenuine(Invalid):
    """A webhook whose signature, time or form is not Etsy's."""

    code = "event_not_genuine"
    message = "The signature does not fit."


class FileTooLarge(DomainError):
    code = "file_too_large"
    kind = Kind.TOO_LARGE
    message = "The file is too large."
