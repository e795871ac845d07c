"""flespi: JSON messages of its streams and channels, arrays of flat objects with dotted keys.

Seconds since 1970 with a fraction, km/h. Format: https://flespi.com/kb/messages-basic-information-units
"""

from typing import Any

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object
from ingest.decoding.dialects.quantities import KMH_MPS, heading, milliseconds, scaled
from ingest.decoding.rejection import RejectionCode


class Flespi(Dialect):
    """The device is named by its ``ident``, mostly an IMEI."""

    device_key = "ident"

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Read a message that has a position; much telemetry has none."""
        sent = an_object(element)
        if sent.get("position.valid") is False:
            raise Refused(RejectionCode.NO_FIX, "position.valid", False)
        if "position.longitude" not in sent and "position.latitude" not in sent:
            raise Refused(RejectionCode.NOT_A_POSITION, "position.latitude")
        return Report(
            {
                "event_time": milliseconds("timestamp", sent.get("timestamp")),
                "longitude": sent.get("position.longitude"),
                "latitude": sent.get("position.latitude"),
                "speed_mps": scaled(sent.get("position.speed"), KMH_MPS),
                "heading_deg": heading(sent.get("position.direction")),
                "hdop": sent.get("position.hdop"),
                "satellites": sent.get("position.satellites"),
            },
            sent.get("ident"),
        )
