"""The native dialect: JSON with the fields of a ping, one object or an array of them."""

from typing import Any

from ingest.decoding.dialects.dialect import Dialect, Report, an_object


class Native(Dialect):
    """What `ingest.decoding.wire.encode` writes; fields that a ping does not have are ignored."""

    names_vehicles = True

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Pass on the fields as they are."""
        fields = an_object(element)
        return Report(fields, fields.get("vehicle_id"))
