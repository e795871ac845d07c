"""How many requests the HTTP gateway takes, and of whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests a second are taken in the long run, and how many at once."""

    device_per_s: float = 10.0
    device_burst: float = 600.0
    """Of a device that gave no token, where none is asked for."""
    known_burst: float = 8640.0
    """Of one that gave its token: the fixes of a day, one each 10 s, by a request each."""
    address_per_s: float = 200.0
    address_burst: float = 2000.0
    """Of all at one address that gave no token of a device: a whole fleet may have one address."""

    @classmethod
    def of(cls, device_per_s: float, address_per_s: float) -> "Rates":
        """Make rates whose bursts stand to them as these do."""
        usual = cls()
        device, address = device_per_s / usual.device_per_s, address_per_s / usual.address_per_s
        return cls(
            device_per_s,
            device * usual.device_burst,
            device * usual.known_burst,
            address_per_s,
            address * usual.address_burst,
        )
