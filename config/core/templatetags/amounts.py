"""Amounts in e-mails and pages."""

from decimal import Decimal

from django import template

from config.core.money import quantise

register = template.Library()


@register.filter
def money(amount: str | Decimal, currency: str) -> str:
    """`{{ total|money:currency }}` reads PKR1,250.00."""
    return f"{currency}{quantise(Decimal(amount), currency):,f}"
