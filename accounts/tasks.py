"""Background work of accounts: thin doors into its services."""

from celery import shared_task

from accounts.services import limits, lockout, sessions


@shared_task
def sign_in_forget() -> None:
    """Remove old sign-in failures, what no limit depends on any more, and credentials that have run out."""
    lockout.failures_forget()
    limits.mails_forget()
    sessions.credentials_forget()
