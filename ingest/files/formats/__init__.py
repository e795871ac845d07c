"""Kinds of files that fixes come in, beside plain tables of text.

In: the bytes of a file, packed or not. Out: bytes in UTF-8, or columns named as what they map to.
"""

__all__ = ["gpx", "kml", "nmea", "packing", "recorded", "sheet", "text_encoding"]
