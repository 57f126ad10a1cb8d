"""A local server that behaves like JazzCash: the hosted checkout's form and the status inquiry.

    with JazzCashStandIn() as jazzcash:
        jazzcash.configure(settings)
        answer = jazzcash.pay(form.fields)     # what the payer's browser posts to our return address

It has its own copy of the hash, written from the guide and not shared with ours.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.stand_ins.gateway_server import Answer, Request, StandIn

CHECKOUT = "/CustomerPortal/transactionmanagement/merchantform/"
INQUIRY = "/ApplicationAPI/API/PaymentInquiry/Inquire"
# Response code of the checkout -> (payment response code, message, status) of the inquiry.
STATES = {
    "000": ("121", "Transaction has been marked confirmed by Merchant.", "Completed"),
    "124": ("124", "Order is placed and waiting for financials to be received over the counter.", "Pending"),
    "157": ("157", "Transaction is pending.", "Pending"),
    "101": ("101", "Invalid merchant credentials.", "Failed"),
    "199": ("199", "System error.", "Failed"),
    "999": ("999", "The transaction was refused by the bank.", "Failed"),
}


class JazzCashStandIn(StandIn):
    merchant = "MC00001"
    password = "stand-in-password"
    salt = "stand-in-salt"

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[str, dict[str, str]] = {}

    def configure(self, settings: Any) -> None:
        settings.JAZZCASH_MERCHANT_ID = self.merchant
        settings.JAZZCASH_PASSWORD = self.password
        settings.JAZZCASH_INTEGRITY_SALT = self.salt
        settings.JAZZCASH_BASE_URL = self.url

    def pay(self, fields: dict[str, str], code: str = "000") -> dict[str, str]:
        """The payer fills in the form and pays (`000`), takes a voucher (`124`) or is refused (`999`).

        The signed answer that the browser brings back. Raises ValueError for a form that JazzCash would not take.
        """
        if self.hash_of(fields) != fields["pp_SecureHash"]:
            raise ValueError("110: the secure hash is wrong")
        if (fields["pp_MerchantID"], fields["pp_Password"]) != (self.merchant, self.password):
            raise ValueError("101: invalid merchant credentials")
        reference = fields["pp_TxnRefNo"]
        if not (reference.isalnum() and len(reference) <= 20 and len(fields["pp_BillReference"]) <= 20):
            raise ValueError("110: a reference is too long")
        with self.lock:
            if reference in self.payments and self.payments[reference]["code"][:1] != "1":
                raise ValueError("110: this reference was used before")
            self.payments[reference] = {"code": code, "amount": fields["pp_Amount"]}
        return self.signed(
            {
                "pp_Amount": fields["pp_Amount"],
                "pp_AuthCode": "",
                "pp_BillReference": fields["pp_BillReference"],
                "pp_Language": "EN",
                "pp_MerchantID": self.merchant,
                "pp_ResponseCode": code,
                "pp_ResponseMessage": "Thank you for Using JazzCash, your transaction was successful."
                if code == "000"
                else STATES[code][1],
                "pp_RetreivalReferenceNo": "210131000001",
                "pp_TxnCurrency": fields["pp_TxnCurrency"],
                "pp_TxnDateTime": fields["pp_TxnDateTime"],
                "pp_TxnRefNo": reference,
                "pp_TxnType": "MWALLET",
                "pp_Version": "1.1",
                "ppmpf_1": "",
            }
        )

    def settle(self, reference: str, code: str = "000") -> None:
        """A voucher is paid, or expires, later."""
        self.payments[reference]["code"] = code

    def signed(self, values: dict[str, str]) -> dict[str, str]:
        return {**values, "pp_SecureHash": self.hash_of(values)}

    def hash_of(self, values: dict[str, str]) -> str:
        text = self.salt
        for name in sorted(values):
            if name != "pp_SecureHash" and values[name] != "":
                text += "&" + values[name]
        return hmac.new(self.salt.encode(), text.encode(), hashlib.sha256).hexdigest().upper()

    # ---------------------------------------------------------------- the server
    def respond(self, request: Request) -> Answer:
        path = urlsplit(request.path).path
        if request.method == "POST" and path == INQUIRY:
            return self._inquiry(json.loads(request.body))
        if request.method == "POST" and path == CHECKOUT:
            fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
            answer = self.pay(fields)
            # JazzCash's page posts the answer by script; a plain form shows the same thing.
            inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in answer.items())
            page = f'<form method="post" action="{fields["pp_ReturnURL"]}">{inputs}<button>Return</button></form>'
            return Answer(200, page.encode(), "text/html")
        return Answer(404, b"{}")

    def _inquiry(self, question: dict[str, str]) -> Answer:
        if self.hash_of(question) != question.get("pp_SecureHash"):
            return self._reply({"pp_ResponseCode": "115", "pp_ResponseMessage": "Invalid hash received."})
        payment = self.payments.get(question["pp_TxnRefNo"])
        if payment is None:
            return self._reply({"pp_ResponseCode": "118", "pp_ResponseMessage": "No transaction was found."})
        code, message, status = STATES[payment["code"]]
        return self._reply(
            {
                "pp_AuthCode": "",
                "pp_BankID": "",
                "pp_PaymentResponseCode": code,
                "pp_PaymentResponseMessage": message,
                "pp_ProductID": "",
                "pp_ResponseCode": "000",
                "pp_ResponseMessage": "The requested operation has been performed successfully.",
                "pp_RetrievalReferenceNo": "210131000001",
                "pp_SettlementDate": "",
                "pp_SettlementExpiry": "",
                "pp_Status": status,
            }
        )

    def _reply(self, values: dict[str, str]) -> Answer:
        return Answer(200, json.dumps(self.signed(values)).encode())


def as_form(values: dict[str, str]) -> str:
    return urlencode(values)
