"""Transactions and purchases as Nexus shows them: rows, and the serializers that say what is in them."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from rest_framework import serializers

from commerce.choices import PayBy
from commerce.selectors.transactions import COLUMNS, Money, money_of, transaction_name
from commerce.services.checkout.downloads import DOWNLOAD_LIMIT
from config.dialects.amounts import number_of
from config.dialects.files import Files
from config.dialects.nexus_objects import ModelMiniOut, PersonOut, mini_columns, model_mini, person_columns, person_of
from marketplace.selectors.uploads import files_beside

PURCHASE: Final = (*COLUMNS, *mini_columns("listing__"))
SALE: Final = (*PURCHASE, *person_columns("order__buyer__"))
STATUSES: Final = ["pending", "completed", "failed", "refunded"]


class TransactionOut(serializers.Serializer[Any]):
    """`amount` is what was paid, `discount_amount` what a coupon took off before. The `payment_method` of what was
    bought in another dialect may be one of that."""

    id = serializers.IntegerField()
    transaction_id = serializers.CharField()
    buyer_id = serializers.IntegerField()
    seller_id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    amount = serializers.FloatField()
    platform_fee = serializers.FloatField()
    seller_amount = serializers.FloatField()
    seller_revenue = serializers.FloatField()
    coupon_code = serializers.CharField(allow_null=True)
    discount_amount = serializers.FloatField()
    currency = serializers.CharField()
    payment_method = serializers.CharField(help_text=", ".join(PayBy.values))
    payment_status = serializers.ChoiceField(STATUSES)
    status = serializers.ChoiceField(STATUSES)
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class SaleOut(TransactionOut):
    model = ModelMiniOut()
    buyer = PersonOut()


class FurtherFileOut(serializers.Serializer[Any]):
    file_id = serializers.UUIDField()
    filename = serializers.CharField()
    format = serializers.CharField()
    file_size = serializers.IntegerField(help_text="Bytes.")


class PurchaseOut(serializers.Serializer[Any]):
    """`id` and `transaction_id` are the same number: a purchase is a transaction that is paid."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    transaction_id = serializers.IntegerField()
    download_count = serializers.IntegerField()
    download_limit = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    model = ModelMiniOut()
    transaction = TransactionOut()
    further_files = FurtherFileOut(many=True, help_text="Ours: what stands beside the model's main file.")


def transactions(rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of rows of `COLUMNS`."""
    money = money_of(rows)
    return [_transaction(row, money[row["pk"]]) for row in rows]


def sales(rows: Collection[Mapping[str, Any]], files: Files) -> list[dict[str, Any]]:
    """Of rows of `SALE`."""
    return [
        shown | {"model": model_mini(row, "listing__", files), "buyer": person_of(row, "order__buyer__", files)}
        for row, shown in zip(rows, transactions(rows), strict=True)
    ]


def purchases(rows: Collection[Mapping[str, Any]], files: Files) -> list[dict[str, Any]]:
    """Of rows of `PURCHASE`."""
    further: dict[int, list[dict[str, Any]]] = {}
    for each in files_beside(row["listing_id"] for row in rows):
        said = {"file_id": str(each.uuid), "filename": each.file_name, "format": each.format}
        further.setdefault(each.listing_id or 0, []).append(said | {"file_size": each.byte_size})
    return [
        {
            "id": row["pk"],
            "user_id": row["order__buyer_id"],
            "model_id": row["listing_id"],
            "transaction_id": row["pk"],
            "download_count": row["download_count"],
            "download_limit": DOWNLOAD_LIMIT,
            "created_at": shown["completed_at"] or shown["created_at"],
            "model": model_mini(row, "listing__", files),
            "transaction": shown,
            "further_files": further.get(row["listing_id"], []),
        }
        for row, shown in zip(rows, transactions(rows), strict=True)
    ]


def _transaction(row: Mapping[str, Any], money: Money) -> dict[str, Any]:
    currency, amount = row["order__currency"], row["total_price"]
    earned = number_of(amount - money.fee, currency)
    return {
        "id": row["pk"],
        "transaction_id": transaction_name(row["uuid"]),
        "buyer_id": row["order__buyer_id"],
        "seller_id": row["seller_id"],
        "model_id": row["listing_id"],
        "amount": number_of(amount, currency),
        "platform_fee": number_of(money.fee, currency),
        "seller_amount": earned,
        "seller_revenue": earned,
        "coupon_code": (row["order__coupon_code"] or None) if row["discount_amount"] else None,
        "discount_amount": number_of(row["discount_amount"], currency),
        "currency": currency,
        "payment_method": money.method,
        "payment_status": money.status,
        "status": money.status,
        "created_at": row["order__created_at"],
        "completed_at": money.completed_at,
    }
