"""Bringing deliveries to people: one claim, one try, one outcome at a time."""


def delivery_send(delivery_id: int) -> None: ...


def deliveries_sweep() -> None: ...
