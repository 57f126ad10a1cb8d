"""Ways to pay that no company carries out for us."""

from django.conf import settings

from commerce.errors import MethodUnavailable


def transfer_account(*, field: str | None = None) -> str:
    """Where bank transfers go, as the payer reads it. Raises MethodUnavailable (`field`) where none is set up."""
    if not settings.BANK_TRANSFER_ACCOUNT:
        raise MethodUnavailable("bank_transfer is not available: no account is set up.", field=field)
    return settings.BANK_TRANSFER_ACCOUNT
