"""``[gateway]``: who the gateways are at the broker, and whom they let in."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class GatewaySettings(BaseModel):
    """What can be told of the gateways."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: Path = Path("gateway-tokens.csv")
    """The private file of the devices' tokens, hashed."""
    broker_username: str | None = None
    """Who the gateway is at the broker."""
    broker_password_file: Path | None = None
    """A file whose first line is its password."""
    broker_certificate: Path | None = None
    """The certificate that it shows the broker."""
    broker_key: Path | None = None
    """The private key of that certificate."""
    terminals: Path = Path("gateway-terminals.csv")
    """The private file of terminals of JT/T 808, with their codes."""
