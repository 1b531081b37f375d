"""The protobuf message of Sparkplug B, as far as readings need it, described field by field from its specification.

Field numbers and types are those of the Sparkplug 3.0 specification, section 6.4. Texts are declared as bytes, which
is the same on the wire: a name that is not UTF-8 must not cost the whole message.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_F = FieldDescriptorProto
_METRIC = {
    "name": (1, _F.TYPE_BYTES),
    "alias": (2, _F.TYPE_UINT64),
    "timestamp": (3, _F.TYPE_UINT64),
    "datatype": (4, _F.TYPE_UINT32),
    "is_historical": (5, _F.TYPE_BOOL),
    "is_transient": (6, _F.TYPE_BOOL),
    "is_null": (7, _F.TYPE_BOOL),
}
_VALUE = {
    "int_value": (10, _F.TYPE_UINT32),
    "long_value": (11, _F.TYPE_UINT64),
    "float_value": (12, _F.TYPE_FLOAT),
    "double_value": (13, _F.TYPE_DOUBLE),
    "boolean_value": (14, _F.TYPE_BOOL),
    "string_value": (15, _F.TYPE_BYTES),
    "bytes_value": (16, _F.TYPE_BYTES),
    "dataset_value": (17, _F.TYPE_BYTES),
    "template_value": (18, _F.TYPE_BYTES),
}
_PROPERTY_SET = {"keys": (1, _F.TYPE_BYTES)}
_PROPERTY = {"type": (1, _F.TYPE_UINT32), "is_null": (2, _F.TYPE_BOOL)}
_PROPERTY_VALUE = {
    "int_value": (3, _F.TYPE_UINT32),
    "long_value": (4, _F.TYPE_UINT64),
    "float_value": (5, _F.TYPE_FLOAT),
    "double_value": (6, _F.TYPE_DOUBLE),
    "boolean_value": (7, _F.TYPE_BOOL),
    "string_value": (8, _F.TYPE_BYTES),
}
_PAYLOAD = {
    "timestamp": (1, _F.TYPE_UINT64),
    "seq": (3, _F.TYPE_UINT64),
    "uuid": (4, _F.TYPE_BYTES),
    "body": (5, _F.TYPE_BYTES),
}


def _message(
    name: str, fields: Mapping[str, tuple[int, Any]], values: Mapping[str, tuple[int, Any]]
) -> DescriptorProto:
    """Return a message of optional fields, of which at most one of the `values` is set."""
    message = DescriptorProto(name=name)
    for field, (number, kind) in (*fields.items(), *values.items()):
        message.field.add(name=field, number=number, type=kind, label=_F.LABEL_OPTIONAL)
    if values:
        message.oneof_decl.add(name="value")
    for field in message.field:
        if field.name in values:
            field.oneof_index = 0
    return message


def _add(message: DescriptorProto, name: str, number: int, kind: str, label: Any) -> None:
    message.field.add(name=name, number=number, type=_F.TYPE_MESSAGE, type_name=f".sparkplug.{kind}", label=label)


def _payload_class() -> Any:
    properties = _message("PropertySet", _PROPERTY_SET, {})
    properties.field[0].label = _F.LABEL_REPEATED
    _add(properties, "values", 2, "PropertyValue", _F.LABEL_REPEATED)
    metric = _message("Metric", _METRIC, _VALUE)
    _add(metric, "properties", 9, "PropertySet", _F.LABEL_OPTIONAL)
    payload = _message("Payload", _PAYLOAD, {})
    _add(payload, "metrics", 2, "Metric", _F.LABEL_REPEATED)
    pool = DescriptorPool()
    pool.Add(
        FileDescriptorProto(
            name="sparkplug.proto",
            package="sparkplug",
            syntax="proto2",
            message_type=[_message("PropertyValue", _PROPERTY, _PROPERTY_VALUE), properties, metric, payload],
        )
    )
    return GetMessageClass(pool.FindMessageTypeByName("sparkplug.Payload"))


Payload = _payload_class()
"""Class of the messages; its fields have the specification's names."""
