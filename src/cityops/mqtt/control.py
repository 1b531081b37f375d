"""What may go wrong when a broker is told who may publish, whatever its flavour."""

from cityops.errors import CityopsError


class BrokerControlError(CityopsError):
    """The broker could not be told who may publish."""
