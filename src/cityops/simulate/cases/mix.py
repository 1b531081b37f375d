"""What cases are about: how often each source, class and urgency occurs, in fair weather and in rain."""

import random

from cityops.domain.events.status import Severity
from cityops.simulate.noise import choice

HOTLINE, GRID, SENSOR = "hotline-12345", "grid-officer", "sensor-alarm"
SOURCES = {HOTLINE: 64.0, GRID: 34.0, SENSOR: 2.0}
LETTERS = {HOTLINE: "RX", GRID: "WG", SENSOR: "GJ"}
_SEVERITIES = {Severity.NORMAL: 85.0, Severity.URGENT: 12.0, Severity.CRITICAL: 3.0}

_CLASSES = {
    HOTLINE: {
        "noise_complaint": 16.0,
        "consultation": 14.0,
        "consumer_dispute": 12.0,
        "illegal_parking": 11.0,
        "site_nuisance": 7.0,
        "exposed_garbage": 6.0,
        "illegal_building": 6.0,
        "power_outage": 4.0,
        "water_outage": 4.0,
        "lamp_fault": 4.0,
        "street_vending": 4.0,
        "site_dust": 3.0,
        "signal_fault": 2.0,
        "pipe_burst": 2.0,
        "gas_leak": 1.0,
        "road_collapse": 1.0,
    },
    GRID: {
        "exposed_garbage": 18.0,
        "street_vending": 16.0,
        "illegal_parking": 14.0,
        "construction_waste": 9.0,
        "road_cleaning": 9.0,
        "small_ads": 9.0,
        "green_care": 7.0,
        "cover_missing": 4.0,
        "lamp_fault": 4.0,
        "billboard": 3.0,
        "site_dust": 3.0,
        "fallen_tree": 2.0,
        "road_collapse": 1.0,
    },
    SENSOR: {"device_fault": 1.0},
}
_CLASSES_IN_RAIN = {"road_ponding": 6.0, "fallen_tree": 2.0, "pipe_burst": 1.0, "power_outage": 1.0}

_URGENT_AT_LEAST = {"gas_leak", "road_collapse", "cover_missing", "pipe_burst"}
"""Classes that nobody files as normal, whatever the draw says."""

_NEVER_URGENT = {"consultation", "consumer_dispute", "device_fault", "small_ads", "road_cleaning", "green_care"}


def draw_class(source: str, rain_mm_h: float, rng: random.Random) -> str:
    """Draw an event class; people and officers report water and fallen trees while it rains."""
    wet = source != SENSOR and rng.random() < min(rain_mm_h / 25, 0.8)
    drawn: str = choice(rng.random(), _CLASSES_IN_RAIN if wet else _CLASSES[source])
    return drawn


def draw_severity(event_class: str, rng: random.Random) -> Severity:
    """Draw how urgent a case of this class is."""
    severity: Severity = choice(rng.random(), _SEVERITIES)
    if event_class in _NEVER_URGENT:
        return Severity.NORMAL
    if event_class in _URGENT_AT_LEAST and severity is Severity.NORMAL:
        return Severity.URGENT
    return severity
