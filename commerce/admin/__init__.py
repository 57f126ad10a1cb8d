"""The shop in Django's admin site: money moves by the services that every door calls."""

from commerce.admin import figures, money, payouts, reviews, sales

__all__ = ["figures", "money", "payouts", "reviews", "sales"]
