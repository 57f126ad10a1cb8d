"""CultureUp's admin API, figures and dashboards, as its route table names them."""

from adminpanel.api.cultureup_content import Appeals, Artworks, Categories
from adminpanel.api.cultureup_figures import Analytics, Figures, OwnFigures
from adminpanel.api.cultureup_jobs import Jobs
from adminpanel.api.cultureup_money import Disputes, Payments
from adminpanel.api.cultureup_orders import Orders, Stock
from adminpanel.api.cultureup_people import Users

__all__ = [
    "Analytics",
    "Appeals",
    "Artworks",
    "Categories",
    "Disputes",
    "Figures",
    "Jobs",
    "Orders",
    "OwnFigures",
    "Payments",
    "Stock",
    "Users",
]
