"""JT/T 808 as `pingcheng gateway jt808` publishes it: an object a report, or an array of them.

Fields are those of 0x0200 in the standard's units, `terminal` is the number of the terminal. What
the gateway could not read comes as ``fault`` with the ``bytes``, so that it is kept with a code.
"""

from typing import Any

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.ctwing import report_of
from ingest.decoding.dialects.dialect import Dialect, Report, an_object
from ingest.decoding.rejection import RejectionCode


class Jt808(Dialect):
    """The device is named by ``terminal``, without leading zeros."""

    device_key = "terminal"

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON
        """Read a position report."""
        sent = an_object(element)
        if "fault" in sent:
            raise Refused(RejectionCode.NOT_AN_OBJECT, "fault", sent["fault"])
        report = report_of(sent, sent.get("terminal"))
        report.fields["satellites"] = sent.get("satellites")
        return report
