"""Writes a Parquet file with what weir's reader must read of others: every encoding, small pages, dictionaries that grow too large."""

import random
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as parquet

random.seed(20261122)
ROWS = 5000


def column(value, type_, absent=0.2):
    return pa.array([None if random.random() < absent else value(i) for i in range(ROWS)], type_)


texts = {
    "dictionary": column(lambda i: f"value {i % 37}", pa.string()),
    "fallback": column(lambda i: f"value {i} {'x' * (i % 50)}", pa.string()),
    "plain": column(lambda i: f"{random.random()}", pa.string()),
    "lengths": column(lambda i: "y" * (i % 300), pa.string()),
    "prefixes": column(lambda i: f"/a/long/path/{i // 7}/{i}", pa.string()),
    "raw": column(lambda i: struct.pack("<I", i * 2654435761 % 2**32), pa.binary()),
}
numbers = {
    "deltas": column(lambda i: random.randrange(-(2**63), 2**63) if i % 9 == 0 else i * 1000, pa.int64()),
    "int": column(lambda i: random.randrange(-(2**31), 2**31), pa.int32()),
    "float": column(lambda i: random.random() * 10 ** (i % 300), pa.float64()),
    "few": column(lambda i: i % 3, pa.int64()),
    "boolean": column(lambda i: i % 5 == 0, pa.bool_()),
    "never": column(lambda i: i, pa.int64(), absent=2),
}
parquet.write_table(
    pa.table({**texts, **numbers}),
    sys.argv[1],
    compression=sys.argv[2],
    row_group_size=3000,
    data_page_size=700,
    write_batch_size=100,
    dictionary_pagesize_limit=4000,
    use_dictionary=["dictionary", "fallback", "few", "raw"],
    column_encoding={
        "plain": "PLAIN",
        "lengths": "DELTA_LENGTH_BYTE_ARRAY",
        "prefixes": "DELTA_BYTE_ARRAY",
        "deltas": "DELTA_BINARY_PACKED",
        "int": "DELTA_BINARY_PACKED",
    },
    data_page_version="1.0",
    write_page_checksum=sys.argv[2] == "zstd",
    store_schema=False,
)
