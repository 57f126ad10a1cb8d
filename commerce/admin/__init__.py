"""The shop in Django's admin site: money moves by the same services as everywhere."""

from commerce.admin import bounties, coupons, figures, money, payments, payouts, reviews, sales, subscriptions

__all__ = ["bounties", "coupons", "figures", "money", "payments", "payouts", "reviews", "sales", "subscriptions"]
