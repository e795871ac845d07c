"""The compliance report of a service date or a range of them, in every format that people use."""
