"""What the apps above add to the pages of things below them: model -> functions that give its further panels.

Each is `(request, row) -> Iterable[Panel]` and asks by itself whether the caller may see its rows.
"""

from typing import Final

ADMIN_PANELS: Final[dict[str, list[str]]] = {
    "jobs.Job": ["commerce.admin.work.money_of_job"],
    "jobs.Contract": ["commerce.admin.work.money_of_contract"],
    "accounts.User": [
        "marketplace.admin.person.works_of_person",
        "jobs.admin.person.work_of_person",
        "commerce.admin.person.trade_of_person",
        "community.admin.person.said_by_person",
        "printshop.admin.person.shop_of_person",
    ],
    "jobs.Bounty": ["community.admin.panels.reports_about_bounty"],
    "commerce.Dispute": ["community.admin.panels.messages_about_dispute"],
    "marketplace.Artwork": ["commerce.admin.panels.sales_of_listing"],
    "marketplace.Equipment": ["commerce.admin.panels.sales_of_listing"],
    "marketplace.Model3D": [
        "commerce.admin.panels.sales_of_listing",
        "community.admin.panels.reports_about_listing",
    ],
    "marketplace.ListingComment": ["community.admin.panels.reports_about_comment"],
    "commerce.ListingReview": ["community.admin.panels.reports_about_review"],
    "commerce.Order": ["community.admin.panels.tickets_about_order"],
}

ADMIN_TIMELINES: Final[dict[str, list[str]]] = {
    "jobs.Job": ["commerce.admin.work.money_of_job_happened"],
}
"""The same for their timelines: `(request, row) -> Iterable[Happening]`."""
