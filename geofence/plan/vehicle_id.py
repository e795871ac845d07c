"""Which vehicle ids an MQTT topic can carry."""

import unicodedata

LONGEST_VEHICLE_ID = 128
_RESERVED = "+#/.*>"  # the last two are wildcards of the embedded broker


def vehicle_id_fault(vehicle_id: str) -> str:
    """Say why no topic ``fleet/{vehicle_id}/ping`` can carry the id; empty if one can."""
    if not vehicle_id:
        return "it is empty"
    if len(vehicle_id) > LONGEST_VEHICLE_ID:
        return f"it is longer than {LONGEST_VEHICLE_ID} characters"
    for character in vehicle_id:
        if character in _RESERVED:
            return f"it contains {character}, which means something else in a topic"
        if character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zs"}:
            return "it contains a space or an invisible character"
    return ""
