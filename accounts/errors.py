"""What accounts refuse."""

from typing import ClassVar

from config.core.errors import Conflict, Denied, DomainError, Invalid, Kind


class UsernameTaken(Invalid):
    message = "A user with that username already exists."

    def __init__(self) -> None:
        super().__init__(field="username")


class UsernameReserved(UsernameTaken):
    """It reads like a name that the platform keeps for itself and its staff."""

    message = "This username is reserved."


class EmailTaken(Invalid):
    message = "A user with that email address already exists."

    def __init__(self) -> None:
        super().__init__(field="email")


class InvalidCredentials(DomainError):
    """Wrong password, unknown name and deactivated account alike."""

    code = "invalid_credentials"
    kind = Kind.UNKNOWN_CALLER
    message = "Incorrect email or password"


class WrongPassword(DomainError):
    """Not what somebody who is signed in has as password. `field` says where it was sent."""

    code = "wrong_password"
    message = "Current password is incorrect"


class CredentialsEnded(DomainError):
    """The account's sessions were ended while this one was being made."""

    code = "credentials_ended"
    kind = Kind.UNKNOWN_CALLER
    message = "Please sign in again."


class InvalidRefreshToken(DomainError):
    code = "invalid_refresh_token"
    kind = Kind.UNKNOWN_CALLER
    message = "Invalid refresh token"


class InvalidSession(DomainError):
    code = "invalid_session"
    message = "Invalid or expired session token. Please log in again."


class InvalidCode(DomainError):
    """A wrong second factor. `field` is set where the caller's form shows it beside its input."""

    code = "invalid_code"
    message = "Invalid TOTP code"


class InvalidBackupCode(InvalidCode):
    message = "Invalid backup code"


class CodeMissing(DomainError):
    """Neither a TOTP code nor a backup code was given: no attempt, and no failure."""

    code = "code_missing"
    message = "Please provide TOTP code from your authenticator app"
    backup_message: ClassVar = "Or provide a backup code instead"

    def __init__(self, explanation: str) -> None:
        super().__init__(field="totp_code")
        self.data = {"backup_code": [self.backup_message], "message": explanation}


class TwoFactorState(DomainError):
    """2FA is on where it must be off, or the other way round."""

    code = "two_factor_state"


class SetupMissing(DomainError):
    code = "two_factor_setup_missing"
    message = "No 2FA setup is under way, or it has expired. Please scan a new QR code."


class InvalidLink(DomainError):
    code = "invalid_link"
    message = "Invalid or expired token"


class NotInvited(Conflict):
    """Of an invitation that was accepted, or of somebody who never had one."""

    code = "not_invited"
    message = "This account was opened already."


class ExportUnderWay(Conflict):
    """One at a time of each person."""

    code = "export_under_way"
    message = "Your data is being put together already."


class DeletionRefused(Conflict):
    """`reasons` are what has to be settled first, in words."""

    code = "deletion_refused"
    message = "This account cannot be deleted yet."

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(f"{self.message} {' '.join(reasons)}", reasons=reasons)


class DeletionUnderWay(Conflict):
    code = "deletion_under_way"
    message = "This account is being deleted already."


class ProfileExists(DomainError):
    code = "profile_exists"


class SellersOnly(Denied):
    message = "Only artists can create an artist profile."


class NotYourProfile(Denied):
    message = "You can only change your own profile."


class OnOneself(Denied):
    """Nobody verifies, activates, deactivates, promotes or demotes themselves."""

    code = "on_oneself"
    message = "You cannot do this to your own account."


class AboveActor(Denied):
    code = "above_actor"
    message = "You cannot do this to somebody above you."


class LastSuperuser(Denied):
    """Two superusers may try to shut out each other; one of them stays."""

    code = "last_superuser"
    message = "This is the last active superuser."


class PictureTooLarge(DomainError):
    code = "picture_too_large"
    kind = Kind.TOO_LARGE
    message = "File too large"


class AccountDisabled(Denied):
    """Somebody proved who they are, and is shut out."""

    code = "account_disabled"
    message = "Account is disabled"


class BansThemselves(DomainError):
    code = "bans_themselves"
    message = "You cannot ban yourself"


class SocialNotConfigured(DomainError):
    code = "social_not_configured"


class SocialRefused(DomainError):
    """The provider does not take the code, or the flow is not one that was begun here."""

    code = "social_refused"
    message = "OAuth authentication failed"


class SocialWithoutAddress(DomainError):
    code = "social_without_address"


class SocialLinkFirst(Conflict):
    """The address is an account's, and one side has not confirmed it: it proves nothing."""

    code = "social_link_first"


class SocialLinked(Conflict):
    code = "social_linked"


class LastWayIn(DomainError):
    code = "last_way_in"
    message = "Set a password first: without one you could not sign in any more."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"


class WebhookNotActive(Conflict):
    code = "webhook_not_active"
    message = "The webhook is not active. Enable it first."


class TooManyKeys(DomainError):
    code = "too_many_keys"
    message = "You have as many API keys as one person may have. End one that you no longer need."
