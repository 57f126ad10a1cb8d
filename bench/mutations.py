"""3-D files changed at random, each read in one child process: what is neither read nor refused in words is a fault.

`main` is the child's side (`config.core.sandbox`), `tried` the other one. Which change was made is told by the file's
name and a number, from which it is made again: `mutated(data, number)`.
"""

import io
import json
import re
import struct
import traceback
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from config.core.sandbox import Limits, run

MOST = 64 * 1024
"""Bytes of a file that is changed; larger ones only take longer."""
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_NUMBERS = (b"0", b"-1", b"1", b"3", b"255", b"65535", b"4294967295", b"9" * 18, b"1e308", b"-1e39", b"0.5")
_VALUES: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    3,
    5,
    5121,
    5126,
    10**6,
    2**32 - 1,
    2**53,
    10**400,
    0.5,
    1e308,
    True,
    None,
    "",
    "SCALAR",
    [],
    {},
)
"""In place of a value of a description."""
_WORDS = (0, 1, 0x7F, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7F800000, 0x7FC00000, 0x01000000)


@dataclass
class Tried:
    """`faults`: what was neither read nor refused. `slowest`: seconds of processor, and of which change."""

    count: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_of: str = ""
    faults: list[str] = field(default_factory=list)


def mutated(data: bytes, number: int) -> bytes:
    """One to three changes, of a kind that the number tells."""
    chance = Random(number)
    if data[:4] == b"PK\x03\x04" and number % 4:
        return _packed_anew(data, chance)
    if data[:4] == b"glTF" and number % 4:
        return _glb_anew(data, chance)
    if data[:1] == b"{" and number % 4:
        return _description_anew(data, chance)
    return _changed(data, chance)


def _changed(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        if len(changed) < 8:
            break
        _CHANGES[chance.randrange(len(_CHANGES))](changed, chance, chance.randrange(len(changed) - 4))
    return bytes(changed)


def _flip(data: bytearray, chance: Random, at: int) -> None:
    data[at] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: Random, at: int) -> None:
    del data[at:]


def _drop(data: bytearray, chance: Random, at: int) -> None:
    del data[at : at + chance.randint(1, 64)]


def _repeat(data: bytearray, chance: Random, at: int) -> None:
    data[at:at] = data[at : at + chance.randint(1, 64)]


def _word(data: bytearray, chance: Random, at: int) -> None:
    at -= at % 4 if chance.random() < 0.5 else 0
    struct.pack_into("<I" if chance.random() < 0.8 else ">I", data, at, chance.choice(_WORDS))


def _figure(data: bytearray, chance: Random, at: int) -> None:
    """Another number in place of one that is written out."""
    found = _NUMBER.search(data, at) or _NUMBER.search(data)
    if found is not None:
        data[found.start() : found.end()] = chance.choice(_NUMBERS)


def _swap(data: bytearray, chance: Random, at: int) -> None:
    """One stretch in place of another."""
    other, length = chance.randrange(len(data) - 4), chance.randint(1, 32)
    data[at : at + length] = data[other : other + length]


_CHANGES = (_flip, _flip, _cut, _drop, _repeat, _word, _word, _figure, _figure, _figure, _swap)


def _packed_anew(data: bytes, chance: Random) -> bytes:
    """A change within one entry, in an archive that is sound."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        entries = source.infolist()
        models = [entry for entry in entries if entry.filename.endswith(".model")]
        chosen = chance.choice(models if models and chance.random() < 0.7 else entries)
        for entry in entries:
            content = source.read(entry)
            target.writestr(entry.filename, _changed(content, chance) if entry is chosen else content)
    return file.getvalue()


def _glb_anew(data: bytes, chance: Random) -> bytes:
    """A change of the description or of the data, in a file whose lengths are right again."""
    (length,) = struct.unpack_from("<I", data, 12)
    text, rest = data[20 : 20 + length], data[28 + length :]
    if chance.random() < 0.75:
        text = _description_anew(text.rstrip(), chance)
    else:
        rest = _changed(rest, chance)
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(rest), b"BIN\0") + rest
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def _description_anew(text: bytes, chance: Random) -> bytes:
    """One to three of its values are others, or gone; now and then its letters are changed instead."""
    if chance.random() < 0.2:
        return _changed(text, chance)
    description = json.loads(text)
    for _ in range(chance.randint(1, 3)):
        inside = description
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not keys:
                break
            key = chance.choice(keys)
            if isinstance(inside[key], (dict, list)) and inside[key] and chance.random() < 0.9:
                inside = inside[key]
            else:
                if chance.random() < 0.15:
                    del inside[key]
                else:
                    inside[key] = chance.choice(_VALUES)
                break
    return json.dumps(description).encode()


def tried(
    files: list[Path], times: int, folder: Path, limits: Limits, *, first: int = 0, measured: bool = False
) -> Tried:
    """Each of the files in `times` changes, in one child. `measured` has what was read measured too."""
    listed = folder / "files.json"
    listed.write_text(json.dumps([str(file.resolve()) for file in files]))
    try:
        run("bench.mutations", [str(listed), str(folder), str(first), str(times), str(int(measured))], folder, limits)
    except Exception as error:
        at = (folder / "at").read_text() if (folder / "at").exists() else "nothing"
        return Tried(faults=[f"{at}: the child ended: {type(error).__name__} {error}"])
    return Tried(**json.loads((folder / "tried.json").read_text()))


def main(arguments: list[str]) -> None:
    listed, folder, first, times, measured = arguments
    result = Tried()
    with (Path(folder) / "at").open("w") as at:
        for file in json.loads(Path(listed).read_text()):
            data = Path(file).read_bytes()
            for number in range(int(first), int(first) + int(times)):
                name = f"{Path(file).parent.name}/{Path(file).name} {number}"
                at.seek(0)
                at.write(name.ljust(120))
                at.flush()
                _try(mutated(data, number), Path(folder) / "mutated", name, bool(int(measured)), result)
    (Path(folder) / "tried.json").write_text(json.dumps(asdict(result)))


def _try(data: bytes, path: Path, name: str, measured: bool, result: Tried) -> None:
    from marketplace.meshes.fingerprint import fingerprint_of
    from marketplace.meshes.formats import BrokenMesh, format_of
    from marketplace.meshes.loading import load
    from marketplace.meshes.measuring import measure

    path.write_bytes(data)
    began = process_time()
    result.count += 1
    try:
        loaded = load(path, format_of(io.BytesIO(data), len(data)))
        if measured:
            measure(loaded.mesh, triangles=loaded.triangles, up=loaded.up)
            fingerprint_of(loaded.mesh)
        result.read += 1
    except BrokenMesh as broken:
        result.refused += 1
        if not str(broken).endswith("."):
            result.faults.append(f"{name}: refused without a sentence: {broken}")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        result.faults.append(f"{name}: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")
    took = process_time() - began
    if took > result.slowest:
        result.slowest, result.slowest_of = took, name
