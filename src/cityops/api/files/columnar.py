"""Arrow streams and Parquet files, made batch by batch; their columns are described within.

pyarrow is the extra `parquet`: whoever calls has made sure that it is there.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from cityops.api.files.batches import SheetBatch
from cityops.api.files.sink import Sink
from cityops.domain.exports.sheet import Column, ColumnType, Sheet
from cityops.domain.intervals import CITY_ZONE

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP = 100_000
"""Rows that stand together in Parquet: so many are in memory."""

LONGEST_LIST = 1 << 24
"""Bytes of the different texts of a column that stand together: names of 84,000 devices take three million."""

PACKAGE_KEY = "datapackage"
"""Under which the descriptor stands in the metadata of file and stream."""


def schema_of(sheet: Sheet, package: Mapping[str, Any]) -> "pa.Schema":
    """Return the columns with their titles, units and meanings, and the descriptor of the whole."""
    import pyarrow as pa

    types = {
        ColumnType.STRING: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.NUMBER: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DATETIME: pa.timestamp("us", str(CITY_ZONE)),
    }
    fields = [pa.field(one.name, types[one.type], one.nullable, _told(one)) for one in sheet.columns]
    return pa.schema(fields, {PACKAGE_KEY: orjson.dumps(package)})


def _told(column: Column) -> dict[str, str]:
    told = {"title_zh": column.title_zh, "title_en": column.title_en, "unit": column.unit, "means": column.means}
    return {name: text for name, text in told.items() if text}


def arrow(schema: "pa.Schema", batches: Iterable[SheetBatch]) -> Iterator[bytes]:
    """Yield an Arrow IPC stream; one that was cut off has no end mark, and readers say so."""
    import pyarrow as pa

    sink = Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.arrow(schema))
            yield sink.taken()
    yield sink.taken()


def parquet(schema: "pa.Schema", batches: Iterable[SheetBatch]) -> Iterator[bytes]:
    """Yield a Parquet file; its directory stands at the end, so that one that was cut off cannot be opened.

    Text is handed over as places in a list of its different values, as it is then written: nobody compares it. What a
    reader is told is `schema`, in which text is text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink, encoded = Sink(), _encoded(schema)
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), encoded, **_options(schema)) as writer:
        writer.add_key_value_metadata(
            {"ARROW:schema": base64.b64encode(schema.serialize()).decode(), PACKAGE_KEY: schema.metadata[_KEY]}
        )
        group: list[pa.RecordBatch] = []
        for batch in batches:
            group.append(batch.arrow(encoded))
            if sum(map(len, group)) >= ROWS_PER_GROUP:
                writer.write_table(pa.Table.from_batches(group))
                group.clear()
                yield sink.taken()
        if group:
            writer.write_table(pa.Table.from_batches(group))
        yield sink.taken()
    yield sink.taken()


_KEY = PACKAGE_KEY.encode()


def _encoded(schema: "pa.Schema") -> "pa.Schema":
    """Return the same columns, those of text as places in a list of its different values."""
    import pyarrow as pa

    listed = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([one.with_type(listed) if one.type == pa.string() else one for one in schema])


def _options(schema: "pa.Schema") -> dict[str, Any]:
    """Return how a file is written; times come in order or nearly so, and their steps take less room than they do."""
    import pyarrow as pa

    times = {one.name: "DELTA_BINARY_PACKED" for one in schema if pa.types.is_timestamp(one.type)}
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [one.name for one in schema if one.type == pa.string()],
        "dictionary_pagesize_limit": LONGEST_LIST,
        "column_encoding": times,
        "store_schema": False,  # ours is, in its place
    }
