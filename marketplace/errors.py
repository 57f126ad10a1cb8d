"""What the catalogue refuses."""

from config.core.errors import Conflict, Invalid


class OutOfStock(Invalid):
    """Fewer pieces are left than asked for."""

    code = "out_of_stock"


class NotOnSale(Invalid):
    code = "not_available"


class WrongStatus(Conflict):
    code = "wrong_status"
