"""The admin site's menu: what people work with, by what they do. All other lists are under "All
applications", but for those of plumbing."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from community.selectors.reported import reports_open
from config.adminsite.links import list_address
from marketplace.policies import may_moderate
from marketplace.selectors.moderation import pictures_to_review_count
from printshop.policies import may_manage_shops

# Title, icon (Material Symbols), model.
Item = tuple[str, str, str]
GROUPS: dict[str, tuple[Item, ...]] = {
    "Moderation": (
        ("Artworks", "imagesmode", "marketplace.Artwork"),
        ("Appeals", "gavel", "marketplace.Appeal"),
        ("3-D models", "deployed_code", "marketplace.Model3D"),
        ("Categories", "category", "marketplace.Category"),
        ("Reports of abuse", "flag", "community.AbuseReport"),
        ("Communities", "groups", "community.Community"),
        ("Posts", "forum", "community.CommunityPost"),
        ("Comments", "comment", "marketplace.ListingComment"),
        ("Buyers' reviews", "reviews", "commerce.ListingReview"),
    ),
    "Sales": (
        ("Orders", "shopping_bag", "commerce.Order"),
        ("Payments", "payments", "commerce.Payment"),
        ("Disputes", "balance", "commerce.Dispute"),
        ("Chargebacks", "credit_card_off", "commerce.Chargeback"),
        ("Refunds", "currency_exchange", "commerce.Refund"),
        ("Payouts", "account_balance", "commerce.Payout"),
        ("Payout accounts", "contact_page", "commerce.PayoutSettings"),
        ("Ledger", "menu_book", "commerce.LedgerTransaction"),
        ("Coupons", "percent", "commerce.Coupon"),
        ("Plans", "loyalty", "commerce.Plan"),
        ("Subscriptions", "autorenew", "commerce.Subscription"),
        ("Equipment", "brush", "marketplace.Equipment"),
    ),
    "Jobs": (
        ("Jobs", "work", "jobs.Job"),
        ("Contracts", "contract", "jobs.Contract"),
        ("Reviews", "star", "jobs.Review"),
        ("Bounties", "emoji_events", "jobs.Bounty"),
    ),
    "Print shop": (
        ("Shops", "store", "printshop.Shop"),
        ("Shop orders", "receipt_long", "printshop.ShopOrder"),
        ("Printers", "print", "printshop.Printer"),
        ("Print queue", "queue", "printshop.ScheduledPrint"),
        ("Filament", "inventory_2", "printshop.Filament"),
        ("What happened", "notifications", "printshop.PrinterEvent"),
    ),
    "Support": (
        ("Tickets", "confirmation_number", "community.SupportTicket"),
        ("Assistant", "smart_toy", "community.ChatSession"),
    ),
    "Pages": (
        ("Homepage", "home", "adminpanel.HomepageContent"),
        ("Blog", "article", "community.BlogPost"),
        ("Blog comments", "comment", "community.BlogComment"),
        ("Help", "help", "community.HelpArticle"),
        ("Documentation", "menu_book", "community.DocSection"),
        ("Tutorials", "school", "community.Tutorial"),
        ("Courses", "smart_display", "community.Course"),
        ("Testimonials", "format_quote", "community.Testimonial"),
        ("E-mail campaigns", "campaign", "community.EmailCampaign"),
    ),
    "People": (
        ("Accounts", "group", "accounts.User"),
        ("Deliveries", "outgoing_mail", "accounts.Delivery"),
        ("Webhooks", "webhook", "accounts.WebhookEndpoint"),
        ("Webhook messages", "outbox", "accounts.WebhookMessage"),
        ("Exports of data", "download", "accounts.DataExport"),
        ("Deletions", "person_remove", "accounts.AccountDeletion"),
        ("Audit trail", "history", "core.AuditEntry"),
    ),
}


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links to what the caller may see, as Unfold takes them."""
    overview = {"title": "Dashboard", "icon": "space_dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [overview]}]
    for title, items in GROUPS.items():
        links: list[dict[str, Any]] = [
            {"title": name, "icon": icon, "link": address, "active": request.path.startswith(address)}
            for name, icon, label in items
            if (address := list_address(request, label))
        ]
        if title == "Moderation" and may_moderate(request.user):
            links.insert(0, _queue(request))
            links.insert(2, _held(request))
            for link in links:
                if link["title"] == "Reports of abuse":
                    link |= {"badge": reports_open(actor=request.user).count(), "badge_variant": "warning"}
                    link["active"] = link["active"] and not links[0]["active"]
        if title == "Print shop" and may_manage_shops(request.user):
            links.insert(0, _board(request))
        if title == "People" and request.user.is_superuser:
            address = reverse("admin:plumbing")
            active = request.path == address
            links.append({"title": "Plumbing", "icon": "plumbing", "link": address, "active": active})
        groups.append({"title": title, "items": links})
    return groups


def _board(request: HttpRequest) -> dict[str, Any]:
    address = reverse("admin_board")
    return {"title": "Farm board", "icon": "dashboard", "link": address, "active": request.path == address}


def _queue(request: HttpRequest) -> dict[str, Any]:
    address = reverse("admin:moderation_queue")
    return {"title": "Queue", "icon": "checklist", "link": address, "active": request.path == address}


def _held(request: HttpRequest) -> dict[str, Any]:
    return {
        "title": "Held duplicates",
        "icon": "compare",
        "link": reverse("admin:marketplace_picture_held"),
        "active": request.path.startswith("/admin/marketplace/picture/")
        and request.path.endswith(("/held/", "/review/")),
        "badge": pictures_to_review_count(actor=request.user),
        "badge_variant": "warning",
    }
