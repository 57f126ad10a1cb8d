"""What the apps above add to the pages of things below them: panels, buttons, and lines of their history."""

from typing import Final

ADMIN_PANELS: Final[dict[str, list[str]]] = {
    "jobs.Job": ["commerce.admin.work.money_of_job", "community.admin.panels.reports_about_job"],
    "jobs.Bid": ["community.admin.panels.reports_about_bid"],
    "jobs.Review": ["community.admin.panels.reports_about_hire_review"],
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
    "marketplace.Artwork": [
        "commerce.admin.panels.sales_of_listing",
        "community.admin.panels.reports_about_listing",
    ],
    "marketplace.Equipment": ["commerce.admin.panels.sales_of_listing"],
    "marketplace.Model3D": [
        "commerce.admin.panels.sales_of_listing",
        "community.admin.panels.reports_about_listing",
    ],
    "marketplace.ListingComment": ["community.admin.panels.reports_about_comment"],
    "commerce.ListingReview": ["community.admin.panels.reports_about_review"],
    "commerce.Order": ["community.admin.panels.tickets_about_order"],
}

"""Model -> functions that give its further panels: `(request, row) -> Iterable[Panel]`. Each asks by itself whether the
caller may see its rows."""

ADMIN_DECISIONS: Final[dict[str, list[str]]] = {
    "accounts.User": ["commerce.admin.statement.statement"],
}
"""Its further buttons: functions made by `decision`, whose first argument is the page. Their `may` says who sees them,
since the page below cannot. The last part of the name is unique on the page."""

ADMIN_TIMELINES: Final[dict[str, list[str]]] = {
    "jobs.Job": ["commerce.admin.work.money_of_job_happened"],
}
"""The same for their timelines: `(request, row) -> Iterable[Happening]`."""
