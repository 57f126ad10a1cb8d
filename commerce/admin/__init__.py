"""The shop in Django's admin site: money moves by the same services as everywhere."""

from commerce.admin import figures, money, payouts, reviews, sales

__all__ = ["figures", "money", "payouts", "reviews", "sales"]
