"""The root of the errors of this package.

- GeofenceError

  - PlanError (also ValueError, in `geofence.plan.fault`): a plan is broken; carries every fault
  - NoticeError (also ValueError, in `geofence.notice.table`): a notice cannot be read
  - StreetMapError (also ValueError, in `geofence.streetmap.fault`): a map cannot be read
"""


class GeofenceError(Exception):
    """Root of the errors of this package."""
