import pytest

from geofence.fault import GeofenceError
from geofence.notice.table import NoticeError
from geofence.plan.fault import PlanError
from geofence.streetmap.fault import StreetMapError


@pytest.mark.parametrize("kind", [NoticeError, PlanError, StreetMapError])
def test_each_error_of_this_package_is_caught_by_its_root_and_as_a_wrong_value(kind):
    assert issubclass(kind, GeofenceError)
    assert issubclass(kind, ValueError)
