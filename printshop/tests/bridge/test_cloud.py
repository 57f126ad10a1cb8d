"""A printer behind Bambu's cloud: many on one port, and the cloud says which are there."""

import pytest

from printshop.choices import ConnectionType, PrinterStatus
from printshop.simulator.farm import CLOUD_USER, SimulatedFarm
from printshop.tests.bridge.ground import is_status, row_of, wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def test_printers_of_the_cloud(shop, running, settings):
    with SimulatedFarm(["X1C", "P1S"], interval=0.1, with_files=False, with_cloud=True) as farm:
        settings.BAMBU_CLOUD_MQTT_HOST = farm.cloud_host
        settings.BAMBU_TLS_CA_FILE = str(farm.ca_file)
        reach = {"host": "", "access_code": farm.cloud_token, "cloud_user_id": CLOUD_USER.removeprefix("u_")}
        rows = [row_of(printer, shop, connection_type=ConnectionType.BAMBU_CLOUD, **reach) for printer in farm.printers]
        running()
        for row in rows:
            wait(lambda row=row: is_status(row, PrinterStatus.ONLINE))
        assert farm.cloud is not None
        assert farm.cloud.clients == 2
        farm.printers[0].switch_off()
        wait(lambda: is_status(rows[0], PrinterStatus.OFFLINE))
        farm.printers[0].switch_on()
        wait(lambda: is_status(rows[0], PrinterStatus.ONLINE))
        farm.printers[1].start("By hand")
        wait(lambda: is_status(rows[1], PrinterStatus.PREPARING))


def test_a_token_that_the_cloud_does_not_take(shop, running, settings):
    with SimulatedFarm(["X1C"], interval=0.1, with_files=False, with_cloud=True) as farm:
        settings.BAMBU_CLOUD_MQTT_HOST = farm.cloud_host
        settings.BAMBU_TLS_CA_FILE = str(farm.ca_file)
        row = row_of(
            farm.printers[0],
            shop,
            connection_type=ConnectionType.BAMBU_CLOUD,
            host="",
            access_code="old",
            cloud_user_id="1234567",
        )
        running()
        wait(lambda: is_status(row, PrinterStatus.OFFLINE, "Sign in there again"))
