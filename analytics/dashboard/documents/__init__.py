"""The documents that the page and the API exchange, by their JSON form.

In: values of the core. Out: frozen documents that know how to be encoded.
"""

__all__ = ["alert_documents", "board_documents", "documents", "plan_documents"]
