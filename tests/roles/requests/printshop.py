"""The print shop's requests: its accounts', then area by area (tests/roles/printshop)."""

from tests.roles.printshop import board, printers, queue, shop
from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Request
from tests.roles.requests.sign_ins import sign_ins

PRINTSHOP: dict[str, Request] = {
    "auth.password.change": CHANGE,
    "auth.password.forgot": FORGOT,
    "auth.password.reset": RESET,
    **sign_ins(""),
    **shop.REQUESTS,
    **queue.REQUESTS,
    **printers.REQUESTS,
    **board.REQUESTS,
}
