"""What stops ingest: broken surroundings. Bad pings are values, see `ingest.decoding.rejection`.

::

    IngestError
    ├── LogError        (also OSError)     the database cannot be opened, read or written
    │   ├── UnstorableError                it never will be: the data itself is at fault
    │   ├── GoneFileError                  the file of an archived day is not where it was
    │   └── BusyFolderError                another seals days into the folder just now
    ├── BrokerError     (also OSError)     no broker, or none that takes our subscription
    ├── PingFileError   (also ValueError)  a file of pings that cannot be read as one
    └── SettingError    (also ValueError)  a setting in pingcheng.toml, PINGCHENG_* or an option
        └── DevicesError                   the devices file, also told without its vehicles
"""


class IngestError(Exception):
    """Base of every error that this package raises for a foreseeable fault."""


class LogError(IngestError, OSError):
    """The ping log cannot be opened, read or written."""


class UnstorableError(LogError):
    """The database refuses this data for good; trying again is of no use."""


class GoneFileError(LogError):
    """The file of an archived day is not where the record says."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(reason)
        self.path = path


class BusyFolderError(LogError):
    """Another program seals days into the folder just now."""


class BrokerError(IngestError, OSError):
    """The broker cannot be started, reached or subscribed to."""


class PingFileError(IngestError, ValueError):
    """A file cannot be read as pings at all; single bad rows are rejections instead."""


class SettingError(IngestError, ValueError):
    """A setting cannot be used."""


class DevicesError(SettingError):
    """The devices file cannot be used.

    Parameters
    ----------
    reason
        All faults, with what stands in the file.
    unnamed
        The same for pages and logs, which name no vehicle and no device: places and remedies.
    """

    def __init__(self, reason: str, unnamed: str) -> None:
        super().__init__(reason)
        self.unnamed = unnamed
