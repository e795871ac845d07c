"""Formats a report can be written in."""

from enum import StrEnum


class Format(StrEnum):
    """One of them, which is also the suffix of its files."""

    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    PARQUET = "parquet"
