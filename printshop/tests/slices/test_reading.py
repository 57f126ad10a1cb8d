"""Sliced files: what is read out of them, and what a hostile one gets."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.core.archives import MOST_ENTRIES
from printshop.slices.errors import BrokenSlice
from printshop.slices.reading import MOST_INFO, SLICE_INFO, slice_read
from printshop.tests.sliced import BLACK, RED, config_xml, plate_xml, sliced_bytes


def read(*arguments, **options):
    return slice_read(io.BytesIO(sliced_bytes(*arguments, **options)))


def test_plates_and_their_filaments():
    config = config_xml(plate_xml(1, RED, BLACK), plate_xml(2, BLACK, prediction=29, weight="3.6"))
    found = read(config, gcodes=(1, 2, 3))
    assert (found.printer_model, found.nozzle_diameter) == ("P1S", "0.4")
    assert [(plate["plate"], plate["minutes"], plate["grams"]) for plate in found.plates] == [
        (1, 87, 23.15),
        (2, 1, 3.6),
        (3, None, None),
    ]
    assert found.plates[0]["filaments"][1] == {
        "position": 2,
        "material": "PETG",
        "color": "#000000",
        "preset": "GFG99",
        "grams": 3.6,
    }
    assert found.plates[2]["filaments"] == []


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_entries_that_are_packed_otherwise_are_not_read(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Metadata/plate_1.gcode", "G28")
        archive.writestr(SLICE_INFO, config_xml(), compress_type=method)
        broken_at = archive.getinfo(SLICE_INFO).header_offset + 30 + len(SLICE_INFO)
    data = bytearray(file.getvalue())
    data[broken_at : broken_at + 30] = b"\xff" * 30
    with pytest.raises(BrokenSlice, match="packed in a way"):
        slice_read(io.BytesIO(bytes(data)))


def test_a_filament_that_is_told_twice_is_one():
    [plate] = read(config_xml(plate_xml(1, RED, BLACK, RED))).plates
    assert [each["position"] for each in plate["filaments"]] == [1, 2]


def test_only_plates_that_were_sliced_are_there():
    assert [plate["plate"] for plate in read(config_xml(plate_xml(1), plate_xml(2)), gcodes=(2,)).plates] == [2]
    assert [plate["plate"] for plate in read(None, gcodes=(1,)).plates] == [1]


def test_what_is_no_number_is_not_known():
    odd = {"id": "x", "type": "PLA"}, {"id": 1, "type": "P\x7fLA" * 30, "color": "red", "used_g": "NaN"}, {"id": 65}
    plate = read(config_xml(plate_xml(1, *odd, prediction="1e400", weight="-3", nozzle_diameters="0.4,0.6"))).plates[0]
    assert (plate["minutes"], plate["grams"]) == (None, None)
    [filament] = plate["filaments"]
    assert (filament["material"], filament["color"], filament["grams"]) == (("PLA" * 30)[:40], "", None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no 3MF"),
        (b"PK\x05\x06", "no 3MF"),
        (sliced_bytes(gcodes=()), "not sliced"),
        (sliced_bytes("<config><plate></config>"), "broken"),
        (sliced_bytes(b"\xff\xfe<"), "broken"),
        (sliced_bytes()[:-200] + sliced_bytes()[-22:], "sound"),
    ],
)
def test_what_is_broken(data, words):
    with pytest.raises(BrokenSlice, match=words):
        slice_read(io.BytesIO(data))


def test_entities_are_not_resolved():
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    for declared in (f'<!ENTITY a0 "ha">{laughs}', '<!ENTITY a9 SYSTEM "file:///etc/passwd">'):
        config = f'<!DOCTYPE config [{declared}]><config><plate><metadata key="index" value="1"/>&a9;</plate></config>'
        with pytest.raises(BrokenSlice):
            read(config)


def test_a_bomb_is_not_unpacked():
    with pytest.raises(BrokenSlice, match="too large"):
        read(b"<config>" + b" " * MOST_INFO)
    data = sliced_bytes(b"<config>" + b" " * (50 * MOST_INFO))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(SLICE_INFO.encode()))  # the directory says that it is small
    lying = data[: at + 24] + struct.pack("<I", 100) + data[at + 28 :]
    with pytest.raises(BrokenSlice):
        slice_read(io.BytesIO(lying))


def test_a_directory_of_any_length_is_not_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(MOST_ENTRIES + 1):
            archive.writestr(f"{number}", b"")
    with pytest.raises(BrokenSlice, match="too many"):
        slice_read(file)
    data = sliced_bytes()
    end = data.rfind(b"PK\x05\x06")
    huge = data[: end + 12] + struct.pack("<I", 2**31) + data[end + 16 :]
    with pytest.raises(BrokenSlice, match="too many"):
        slice_read(io.BytesIO(huge))
    # the same by the record that 64-bit archives have
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**7, 10**7, 10**9, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    with pytest.raises(BrokenSlice, match="too many"):
        slice_read(io.BytesIO(data[:end] + record + locator + data[end:]))


def test_a_sound_64_bit_archive_is_read():
    file = io.BytesIO(sliced_bytes())
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("Metadata/plate_2.gcode")
        with archive.open(info, "w", force_zip64=True) as entry:
            entry.write(b"G28")
    assert [plate["plate"] for plate in slice_read(file).plates] == [1, 2]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2000), st.integers(1, 60))
def test_whatever_the_bytes_are_it_is_read_or_refused(noise, at, length):
    data = sliced_bytes()
    for hostile in (noise, noise + data, data[:at] + noise + data[at + length :]):
        try:
            slice_read(io.BytesIO(hostile))
        except BrokenSlice:
            pass
