"""Save a room's record in one file, and read it back as it was.

A record is a frozen dataclass of this package whose fields hold text, numbers, tuples, mappings, arrays,
frames, reasons for missing values, or other such records. The file is a ZIP: ``record.json`` names the
classes and holds what is small, each numeric array is a ``.npy`` member, ``seal`` holds the hash of them all,
so that a record that somebody changed is none. Nothing in it is executed when read.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import Message, StudyError
from coprod_measure.output_files import write_whole
from coprod_measure.provenance import sha256_of_bytes, sha256_of_file
from coprod_measure.study.made_from import MadeFrom

_PACKAGE = "coprod_measure"
FORMAT = "coprod-measure record 10"
_MADE_FROM = "made from"
_SEAL = "seal"
_KIND = "$"
_SMALL = 1 << 28  # bytes that any machine can hold, however well they were packed
_MOST_RATIO = 200
_MOST_VALUES, _VALUES_A_BYTE = 2_000_000, 4
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that equal records are equal files


def save_record(path: Path, record: object, made_from: MadeFrom | None = None) -> str:
    """Write a record, whole or not at all, and return the SHA-256 of its file.

    ``path``: where; the folder is created. ``made_from``: what it was computed from.
    """
    members: list[bytes] = []
    content = {FORMAT: _encode(record, members), _MADE_FROM: dataclasses.asdict(made_from or MadeFrom())}
    digests: list[str] = []

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            parts = {"record.json": json.dumps(content).encode()}
            parts |= {f"{number}.npy": data for number, data in enumerate(members)}
            parts |= {_SEAL: _seal(parts)}
            for name, data in parts.items():
                archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
        digests.append(sha256_of_file(temporary))

    write_whole(path, write)
    return digests[-1]


@dataclasses.dataclass(frozen=True, slots=True)
class SavedRecord:
    """A record as it was read back, what it was made from, and the SHA-256 of its file."""

    record: Any
    made_from: MadeFrom
    sha256: str


def open_record(path: Path, *, made_by: str) -> SavedRecord:
    """Read a record and what it was made from.

    ``path``: a file that :func:`save_record` wrote. ``made_by``: the command that writes it, for the error
    when it is not there.

    Raises
    ------
    StudyError
        If there is no such file, another version wrote it, or it was changed since.
    """
    if not path.is_file():
        raise StudyError(
            "no record of the room before this one",
            place=str(path),
            cure=f"Run `{made_by}` first",
            code="no-record",
        )
    data = path.read_bytes()  # once: what is hashed is what is decoded
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_swollen(archive, len(data))
            parts = {name: archive.read(name) for name in archive.namelist()}
        _refuse_changed(parts)
        content = json.loads(_refuse_crowded(parts.pop("record.json"), len(data)))
        record = _decode(content[FORMAT], parts)
        made_from = MadeFrom(**content[_MADE_FROM])
    except Exception as error:  # damage shows in zlib, numbers, shapes, classes, anywhere
        raise StudyError(
            "this record was written by another version, was changed since, or is damaged",
            place=str(path),
            cure=f"Run `{made_by}` again",
            code="record-unreadable",
        ) from error
    return SavedRecord(record, made_from, sha256_of_bytes(data))


def _refuse_changed(parts: dict[str, bytes]) -> None:
    if parts.pop(_SEAL) != _seal(parts):
        raise ValueError("changed after it was written")


def _seal(parts: Mapping[str, bytes]) -> bytes:
    """Hash names and contents of all members, in their order."""
    whole = "".join(f"{name}\n{sha256_of_bytes(data)}\n" for name, data in parts.items())
    return sha256_of_bytes(whole.encode()).encode()


def _refuse_swollen(archive: zipfile.ZipFile, packed: int) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > _SMALL and unpacked > _MOST_RATIO * packed:
        raise ValueError(f"unpacks from {packed:,} to {unpacked:,} bytes")


def _refuse_crowded(text: bytes, packed: int) -> bytes:
    """Refuse text of more values than the file could mean: each takes many times the memory of its bytes."""
    values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    if values > _MOST_VALUES + _VALUES_A_BYTE * packed:
        raise ValueError(f"holds {values:,} values in {packed:,} bytes")
    return text


def load_record(path: Path, *, made_by: str) -> Any:
    """Read a record back; see :func:`open_record`."""
    return open_record(path, made_by=made_by).record


def _encode(value: object, members: list[bytes]) -> object:
    if isinstance(value, Message):
        return {_KIND: "message", "text": value.words, "code": value.code, "about": value.about}
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, tuple | list):
        return [_encode(entry, members) for entry in value]
    if isinstance(value, Mapping):
        return {_KIND: "map", "items": [[_encode(k, members), _encode(v, members)] for k, v in value.items()]}
    if isinstance(value, np.ndarray):
        return _encode_array(value, members)
    if isinstance(value, pd.Series):
        return {_KIND: "series", "frame": _encode(value.to_frame("values"), members), "name": value.name}
    if isinstance(value, pd.Index):
        return {_KIND: "index", "name": value.name, "values": _encode_column(value, members)}
    if isinstance(value, pd.DataFrame):
        columns = [_encode_column(value.iloc[:, i], members) for i in range(value.shape[1])]
        return {
            _KIND: "frame",
            "columns": [_encode(name, members) for name in value.columns],
            "columns_name": value.columns.name,
            "index": _encode(value.index, members),
            "data": columns,
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _encode_dataclass(value, members)
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _encode_dataclass(value: Any, members: list[bytes]) -> dict[str, object]:
    kind = type(value)
    if kind.__module__.partition(".")[0] != _PACKAGE:
        raise TypeError(f"a record cannot hold a {kind.__qualname__}")
    fields = {
        field.name: _encode(getattr(value, field.name), members)
        for field in dataclasses.fields(value)
        if field.init
    }
    return {_KIND: f"{kind.__module__}:{kind.__qualname__}", **fields}


def _number(value: float) -> object:
    # JSON has no infinity and no NaN.
    return value if np.isfinite(value) else {_KIND: "float", "value": str(value)}


def _encode_array(value: np.ndarray, members: list[bytes]) -> dict[str, object]:
    if value.dtype.kind not in "biuf":
        return {
            _KIND: "objects",
            "shape": list(value.shape),
            "values": [_encode(v, members) for v in value.ravel()],
        }
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=False)
    members.append(buffer.getvalue())
    return {_KIND: "array", "member": len(members) - 1}


def _encode_column(column: pd.Series | pd.Index, members: list[bytes]) -> dict[str, object]:
    dtype = str(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype):
        kinds = pd.Categorical(column)
        codes, names = _encode_array(kinds.codes, members), _encode(list(kinds.categories), members)
        return {"dtype": dtype, "codes": codes, "categories": names, "ordered": bool(kinds.ordered)}
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return {"dtype": dtype, "values": _encode_array(column.to_numpy(), members)}
    if dtype.startswith("datetime64"):
        return {"dtype": dtype, "values": [None if pd.isna(v) else v.isoformat() for v in column]}
    return {"dtype": dtype, "values": [None if _missing(v) else _encode(v, members) for v in column]}


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _decode(value: Any, parts: dict[str, bytes]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(entry, parts) for entry in value)
    if not isinstance(value, dict):
        return value
    kind = value[_KIND]
    if kind == "float":
        return float(value["value"])
    if kind == "message":
        return Message(value["text"], value["code"], value["about"])
    if kind == "map":
        return {_decode(k, parts): _decode(v, parts) for k, v in value["items"]}
    if kind == "array":
        # Each once: a file of one array is not a thousand of them.
        return _array(parts.pop(f"{value['member']}.npy"))
    if kind == "objects":
        flat = np.empty(len(value["values"]), dtype=object)
        flat[:] = [_decode(entry, parts) for entry in value["values"]]
        return flat.reshape(value["shape"])
    if kind == "series":
        return _decode(value["frame"], parts)["values"].rename(value["name"])
    if kind == "index":
        return pd.Index(_decode_column(value["values"], parts), name=value["name"])
    if kind == "frame":
        return _decode_frame(value, parts)
    return _decode_dataclass(kind, value, parts)


def _array(data: bytes) -> np.ndarray:
    """Read an array whose shape is that of its bytes; another would be made before it is found wrong."""
    file = io.BytesIO(data)
    read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
    shape, _, dtype = read[np.lib.format.read_magic(file)[0]](file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError("an array is damaged")
    file.seek(0)
    found: np.ndarray = np.load(file, allow_pickle=False)
    return found


def _decode_frame(value: dict[str, Any], parts: dict[str, bytes]) -> pd.DataFrame:
    index = _decode(value["index"], parts)
    columns = [_decode_column(column, parts).set_axis(index) for column in value["data"]]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    frame.columns = pd.Index([_decode(name, parts) for name in value["columns"]], name=value["columns_name"])
    return frame


def _decode_column(column: dict[str, Any], parts: dict[str, bytes]) -> pd.Series:
    if "categories" in column:
        names = list(_decode(column["categories"], parts))
        codes = _decode(column["codes"], parts)
        return pd.Series(pd.Categorical.from_codes(codes, names, ordered=column["ordered"]))
    values, dtype = _decode(column["values"], parts), str(column["dtype"])
    if dtype[:1] in "SUV<>|=" or (isinstance(values, np.ndarray) and str(values.dtype) != dtype):
        raise ValueError(f"a column of {dtype} is damaged")
    return pd.Series(values if isinstance(values, np.ndarray) else list(values), dtype=column["dtype"])


def _decode_dataclass(kind: str, value: dict[str, Any], parts: dict[str, bytes]) -> Any:
    module, _, name = kind.partition(":")
    if module.partition(".")[0] != _PACKAGE:
        raise ValueError(f"a record cannot hold a {kind}")
    found: Any = getattr(import_module(module), name)
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise ValueError(f"{kind} is no record")
    build: Callable[..., Any] = found
    return build(**{key: _decode(entry, parts) for key, entry in value.items() if key != _KIND})
