"""OwnTracks: JSON that the apps publish to ``owntracks/{user}/{device}``.

Seconds since 1970, km/h, and many kinds of message told apart by ``_type``. The payload does not
name the device: its ``tid`` is two letters for a map. Format: https://owntracks.org/booklet
"""

from typing import Any

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object
from ingest.decoding.dialects.quantities import KMH_MPS, heading, milliseconds, scaled
from ingest.decoding.rejection import RejectionCode


class OwnTracks(Dialect):
    """Positions are of ``_type`` location; an encrypted one cannot be read and is none."""

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Read a location."""
        sent = an_object(element)
        kind = sent.get("_type")
        if kind != "location":
            raise Refused(RejectionCode.NOT_A_POSITION, "_type", kind)
        return Report(
            {
                "event_time": milliseconds("tst", sent.get("tst")),
                "longitude": sent.get("lon"),
                "latitude": sent.get("lat"),
                "speed_mps": scaled(_known(sent.get("vel")), KMH_MPS),
                "heading_deg": heading(_known(sent.get("cog"))),
                "accuracy_m": sent.get("acc"),
            }
        )


def _known(value: object) -> object:
    """Take -1 for unknown, as iOS means it."""
    return None if value == -1 else value
