"""The file of routes: what it gives, and that each fault in it is named with the way to mend it."""

from pathlib import Path

import pytest

from cityops_ingest.formats.routing import Routes, RoutesError, read_routes

EXAMPLE = Path(__file__).parents[3] / "ingest" / "adapters.example.toml"
SOUND = """
[[routes]]
name = "a"
adapter = "zigbee2mqtt"
filter = "zigbee2mqtt/+"
source = "eco-air"
metrics = { temperature = "air_temperature" }
"""


def read(text: str, folder: Path) -> Routes:
    file = folder / "adapters.toml"
    file.write_text(text, encoding="utf-8")
    return read_routes(file)


def test_a_message_finds_its_route_by_topic() -> None:
    routes = read_routes(EXAMPLE)
    for topic, name in {
        "application/1/device/24e124713c140021/event/up": "lorawan-waterlogging",
        "zigbee2mqtt/AIR-1": "zigbee-climate",
        "tele/x/SENSOR": "tasmota-air",
    }.items():
        route = routes.find(topic.encode())
        assert route is not None
        assert route.name == name
    for other in (b"zigbee2mqtt/bridge/state", b"tele/x/STATE", b"tele/\xff/SENSOR", b""):
        assert routes.find(other) is None


def test_an_empty_file_has_no_routes(tmp_path: Path) -> None:
    assert read("", tmp_path).filters() == []


@pytest.mark.parametrize(
    ("topic", "expected"),
    [("zigbee2mqtt/x", "ZIG-x"), ("zigbee2mqtt/roof/x", "ZIG-x"), ("zigbee2mqtt/known", "AIR-1")],
)
def test_a_device_is_named_by_the_list_or_by_the_pattern(topic: str, expected: str, tmp_path: Path) -> None:
    routes = read(SOUND + 'device = "ZIG-{device}"\ndevices = { known = "AIR-1" }', tmp_path)
    levels = topic.split("/")
    assert routes.all[0].device_code(levels[-1], levels) == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[[routes]]", "[routes", "README.md"),
        ("[[routes]]", "rules = []\n[[routes]]", "unknown field `rules`"),
        ('source = "eco-air"', "", "route 'a': Object missing required field `source`"),
        ('source = "eco-air"', 'source = "eco"', "source 'eco' is not registered"),
        ('"zigbee2mqtt"\n', '"zwave"\n', "Invalid enum value 'zwave'"),
        ("filter", "filters", "unknown field `filters`"),
        ("zigbee2mqtt/+", "zigbee2mqtt/+x", "is not a topic filter"),
        ("zigbee2mqtt/+", "zigbee2mqtt/#/x", "is not a topic filter"),
        ("zigbee2mqtt/+", "$SYS/#", "is not a topic filter"),
        ("zigbee2mqtt/+", "+/#", "below cityops/"),
        ("zigbee2mqtt/+", "#", "below cityops/"),
        ('"air_temperature"', '"warmth"', "'temperature' is to become 'warmth'"),
        ('"air_temperature"', '{ metric = "air_temperature", times = 2 }', "unknown field `times`"),
        ("metrics =", 'zone = "Asia/Canton"\nmetrics =', "zone 'Asia/Canton' is not known"),
        ("metrics =", 'device = "{name}"\nmetrics =', "device '{name}' is not a pattern"),
        ("metrics =", 'device = "{device.x}"\nmetrics =', "is not a pattern"),
        ("metrics =", 'device = "{"\nmetrics =', "is not a pattern"),
        ('"air_temperature"', '{ metric = "air_temperature", device = "{" }', "device '{' is not a pattern"),
        (
            "metrics = {",
            'metrics = { probe = "air_temperature",',
            "route 'a': metrics: 'probe' and 'temperature' both become 'air_temperature' of one device: give one",
        ),
    ],
)
def test_each_fault_is_named(old: str, new: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RoutesError) as refused:
        read(SOUND.replace(old, new, 1), tmp_path)
    assert told in str(refused.value)


@pytest.mark.parametrize("other", ["zigbee2mqtt/+", "zigbee2mqtt/#", "zigbee2mqtt/x", "zigbee2mqtt/+/#"])
def test_two_routes_never_take_the_same_message(other: str, tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match="would take the same message twice"):
        read(SOUND + SOUND.replace('"a"', '"b"').replace("zigbee2mqtt/+", other), tmp_path)


def test_two_routes_may_stand_side_by_side(tmp_path: Path) -> None:
    apart = read(SOUND + SOUND.replace('"a"', '"b"').replace("zigbee2mqtt/+", "zigbee2mqtt/+/x"), tmp_path)
    assert apart.filters() == ["zigbee2mqtt/+", "zigbee2mqtt/+/x"]
    with pytest.raises(RoutesError, match="two routes are named 'a'"):
        read(SOUND + SOUND.replace("zigbee2mqtt/+", "z/+"), tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match=r"nowhere\.toml"):
        read_routes(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    "other",
    [
        '{ metric = "air_temperature", device = "{device}-2" }',
        '{ metric = "air_temperature", alternative = true }',
        '"relative_humidity"',
    ],
)
def test_two_fields_have_one_metric_where_the_devices_or_the_messages_are_others(other: str, tmp_path: Path) -> None:
    routes = read(SOUND.replace("metrics = {", f"metrics = {{ probe = {other},"), tmp_path)
    assert set(routes.all[0].measures) == {"probe", "temperature"}


def test_two_datastreams_are_one_series_only_where_their_device_is_one(tmp_path: Path) -> None:
    observed = SOUND.replace("zigbee2mqtt", "sensorthings").replace("{ temp", '{ 1 = "pm25", 2 = "pm25", temp')
    assert len(read(observed, tmp_path).all[0].measures) == 3
    with pytest.raises(RoutesError, match="'1' and '2' both become 'pm25'"):
        read(observed + 'devices = { 1 = "AIR-1", 2 = "AIR-1" }', tmp_path)


def test_the_example_of_two_probes_is_refused_with_its_file(tmp_path: Path) -> None:
    probes = SOUND.replace('{ temperature = "air_temperature" }', "{}").replace('"zigbee2mqtt"', '"tasmota"')
    probes += (
        '[routes.metrics]\n"DS18B20-1.Temperature" = "air_temperature"\n"DS18B20-2.Temperature" = "air_temperature"'
    )
    probes = probes.replace("metrics = {}\n", "")
    with pytest.raises(RoutesError) as refused:
        read(probes, tmp_path)
    for named in ("adapters.toml", "'a'", "'DS18B20-1.Temperature'", "'DS18B20-2.Temperature'", "air_temperature"):
        assert named in str(refused.value)
