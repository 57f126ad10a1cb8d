"""Background work of accounts: each task calls one service."""

from celery import shared_task

from accounts.services import (
    creator_levels,
    email_changes,
    erasure,
    exports,
    limits,
    lockout,
    notifications,
    passwords,
    profile_views,
    sending,
    sessions,
    webhook_sending,
)


@shared_task
def sign_in_forget() -> None:
    """Remove old sign-in failures, what no limit depends on any more, and credentials and links that have run out."""
    lockout.failures_forget()
    limits.mails_forget()
    sessions.credentials_forget()
    email_changes.email_changes_forget()


@shared_task
def password_request_answer(request_id: int) -> None:
    passwords.password_request_answer(request_id)


@shared_task
def password_requests_sweep() -> None:
    passwords.password_requests_sweep()


@shared_task
def delivery_send(delivery_id: int) -> None:
    sending.delivery_send(delivery_id)


@shared_task
def deliveries_sweep() -> None:
    sending.deliveries_sweep()


@shared_task
def deliveries_forget() -> None:
    sending.deliveries_forget()
    notifications.notifications_forget()
    profile_views.profile_views_forget()


@shared_task
def creator_levels_keep() -> None:
    creator_levels.creator_levels_keep()


@shared_task
def unread_count_push(user_id: int) -> None:
    notifications.unread_count_push(user_id)


@shared_task
def webhooks_send(target_id: int) -> None:
    webhook_sending.webhooks_send(target_id)


@shared_task
def webhooks_sweep() -> None:
    webhook_sending.webhooks_sweep()


@shared_task
def webhooks_forget() -> None:
    webhook_sending.webhooks_forget()


@shared_task(soft_time_limit=3000, time_limit=3060)
def export_make(export_id: int) -> None:
    exports.export_make(export_id)


@shared_task
def exports_sweep() -> None:
    exports.exports_sweep()


@shared_task
def deletion_continue(deletion_id: int) -> None:
    erasure.deletion_continue(deletion_id)


@shared_task
def deletions_sweep() -> None:
    erasure.deletions_sweep()
