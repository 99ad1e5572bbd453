"""Reads a Parquet file with one of three readers; prints for each column its name, type, values and a digest of them, as JSON."""

import hashlib
import json
import struct
import sys

import pyarrow as pa


def table_of(reader, path):
    if reader == "pyarrow":
        import pyarrow.parquet as parquet

        return parquet.read_table(path)
    if reader == "duckdb":
        import duckdb

        return duckdb.read_parquet(path).to_arrow_table()
    import polars

    return polars.read_parquet(path).to_arrow()


def kind_of(type_):
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    if pa.types.is_timestamp(type_):
        return f"timestamp {type_.unit}"
    for kind, is_kind in (
        ("text", lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t)),
        ("bytes", lambda t: pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_binary_view(t)),
    ):
        if is_kind(type_):
            return kind
    return str(type_)


def encoded(value):
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    if isinstance(value, float):
        return struct.pack("<d", value)
    return str(value).encode()


def digest(column):
    kind = kind_of(column.type)
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    hashed = hashlib.sha256()
    values = 0
    for value in column.to_pylist():
        if value is None:
            hashed.update(b"-")
            continue
        values += 1
        found = encoded(value)
        hashed.update(b"%d:" % len(found) + found)
    return [kind, values, hashed.hexdigest()]


table = table_of(sys.argv[1], sys.argv[2])
json.dump([[name, *digest(column)] for name, column in zip(table.column_names, table.columns)], sys.stdout)
