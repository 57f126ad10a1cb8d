"""Rows of the admin panel for tests."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from adminpanel.models import DailyFigures


class DailyFiguresFactory(DjangoModelFactory[DailyFigures]):
    """One day after the other from the first of January 2025."""

    class Meta:
        model = DailyFigures

    date = factory.Sequence(lambda number: date(2025, 1, 1) + timedelta(days=number % 300))
    total_users = 1250
    total_artists = 450
    total_buyers = 800
    total_artworks = 3500
    total_jobs = 890
    total_orders = 1200
    total_revenue = Decimal("125000.50")
