"""The shop in Django's admin site: money moves by the same services as everywhere."""

from commerce.admin import coupons, figures, money, payouts, reviews, sales, subscriptions

__all__ = ["coupons", "figures", "money", "payouts", "reviews", "sales", "subscriptions"]
