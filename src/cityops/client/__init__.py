"""A typed client of the API, for the dashboards and for analysts: answers as pandas tables in the city's time.

>>> from cityops.client import Client
>>> with Client("http://127.0.0.1:8000", token) as city:
...     pm25 = city.series("pm25", level="district", interval="hour", start="2026-11-22", end="2026-11-23")
"""

from cityops.client.asking import ApiError, bearer
from cityops.client.client import Client
from cityops.client.files import SavedFile
from cityops.client.moments import When

__all__ = ["ApiError", "Client", "SavedFile", "When", "bearer"]
