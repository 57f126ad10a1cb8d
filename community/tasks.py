"""Background work of the community: each task calls one service. Each may run twice."""

from celery import shared_task

from community.services import campaigns, page_views


@shared_task
def campaigns_sweep() -> None:
    campaigns.campaigns_sweep()


@shared_task
def campaign_continue(campaign_id: int) -> None:
    campaigns.campaign_continue(campaign_id)


@shared_task
def page_views_forget() -> None:
    page_views.page_views_forget()
