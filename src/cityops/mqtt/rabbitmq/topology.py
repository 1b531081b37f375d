"""Declares at RabbitMQ what the ingest needs there: queues, bindings, their bound and our users; again and again.

What is there and is as it shall be stays untouched; what is otherwise is refused by name, since to mend it may cost
messages.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cityops.errors import CityopsError
from cityops.mqtt.mosquitto.roles import SIMULATOR, SPARKPLUG, WORKERS
from cityops.mqtt.rabbitmq.management import VHOST, Management, management
from cityops.mqtt.rabbitmq.queues import BOUND_BYTES, MEMBERS, ORDERED_QUEUE, QUEUE, Queue
from cityops.mqtt.rabbitmq.routing_keys import binding_of
from cityops.mqtt.rabbitmq.senders import EXCHANGE, NOTHING, enter
from cityops.wire.topics import PREFIX

PLUGIN = "rabbitmq_mqtt"
POLICY = "cityops"
LEAST = (4, 0)
"""The first version whose quorum queues know the delivery limit of -1."""


class DeclaredOtherwiseError(CityopsError):
    """The broker has something of ours that is not as it shall be, or lacks what it takes."""


def declare(admin_url: str, wanted: Sequence[Queue], passwords: Mapping[str, str]) -> list[str]:
    """Have these queues and users at the broker, and return a line for each thing that was made.

    Raises
    ------
    DeclaredOtherwiseError
        The plugin of MQTT lacks at a node, a queue or policy is otherwise, or anybody may come in as guest.
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        _check_nodes(broker)
        made = [line for queue in wanted for line in _queue(broker, queue)]
        made += _policy(broker, wanted)
        for queue in wanted:
            made += _bindings(broker, queue)
            _check_members(broker, queue)
        return made + _users(broker, passwords)


def faults(admin_url: str) -> list[str]:
    """Return what is amiss at the cluster while it runs: nodes and members that are away, alarms, the queue itself.

    Raises
    ------
    DeclaredOtherwiseError
        The plugin of MQTT lacks at a node, or anybody may come in as guest.
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        _check_nodes(broker)
        nodes = broker.get("nodes")
        found = [f"the node {one['name']} is away" for one in nodes if not one["running"]]
        for node in nodes:
            alarms = [name for name in ("mem_alarm", "disk_free_alarm") if node.get(name)]
            found += [f"the node {node['name']} has the {name} and has senders wait" for name in alarms]
        queue = broker.get("queues", VHOST, QUEUE)
    if queue is None:
        return [*found, f"there is no queue {QUEUE}: run `cityops broker declare`"]
    if named := _differing(queue, Queue(QUEUE, ())):
        found.append(f"the queue {QUEUE} was declared otherwise ({named}): `cityops broker declare` says what to do")
    away = sorted(set(queue.get("members", ())) - set(queue.get("online", ())))
    found += [f"the queue {QUEUE} has no member at {name} now" for name in away]
    if len(nodes) < MEMBERS:
        found.append(f"the cluster has {len(nodes)} of {MEMBERS} nodes: none may die")
    return found


def _check_nodes(broker: Management) -> None:
    overview = broker.get("overview")
    version = str(overview["rabbitmq_version"])
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < LEAST:
        raise DeclaredOtherwiseError(f"the broker at {broker.where} is RabbitMQ {version}: 4.0 or newer is needed")
    for node in broker.get("nodes"):
        enabled = node.get("enabled_plugins")  # one that starts does not listen yet; of who is away: None
        if enabled is not None and PLUGIN not in enabled:
            raise DeclaredOtherwiseError(
                f"the node {node['name']} does not speak MQTT: run `rabbitmq-plugins enable {PLUGIN}` there"
            )
    if broker.get("users", "guest") is not None:
        raise DeclaredOtherwiseError(
            "the broker lets in a user guest, whose password everybody knows: run `rabbitmqctl delete_user guest`"
        )


def _queue(broker: Management, queue: Queue) -> list[str]:
    found = broker.get("queues", VHOST, queue.name)
    if found is None:
        broker.put("queues", VHOST, queue.name, body={"durable": True, "arguments": queue.arguments})
        return [f"queue {queue.name}"]
    if named := _differing(found, queue):
        raise DeclaredOtherwiseError(
            f"the queue {queue.name} was declared otherwise ({named}), which cannot be changed: have the workers "
            f"empty it, stop the senders, delete it (`rabbitmqctl delete_queue {queue.name}`), and declare again"
        )
    return []


def _differing(found: Mapping[str, Any], queue: Queue) -> str:
    """Return by which arguments a queue that is there is another one than it shall be; empty: by none."""
    there = dict(found["arguments"])
    differing = [name for name, value in queue.arguments.items() if there.pop(name, None) != value]
    return ", ".join(sorted([*differing, *there]))


def _check_members(broker: Management, queue: Queue) -> None:
    found = broker.get("queues", VHOST, queue.name)
    nodes = len(broker.get("nodes"))
    if len(found.get("members", ())) < min(MEMBERS, nodes):
        raise DeclaredOtherwiseError(
            f"the queue {queue.name} stands on {len(found['members'])} of {nodes} nodes, since it is older than the "
            'others: run `rabbitmq-queues grow <node> all --queue-pattern "^cityops"` for each of them'
        )


def _policy(broker: Management, wanted: Sequence[Queue]) -> list[str]:
    """Bound the queues: a policy, which can be changed, unlike a queue's arguments."""
    policy = {
        "pattern": r"^cityops\.",
        "apply-to": "quorum_queues",
        "priority": 10,
        "definition": {"max-length-bytes": BOUND_BYTES, "overflow": "reject-publish"},
    }
    found = broker.get("policies", VHOST, POLICY) or {}
    is_new = any(found.get(name) != value for name, value in policy.items())
    if is_new:
        broker.put("policies", VHOST, POLICY, body=policy)
    names = {queue.name for queue in wanted}
    for other in broker.get("policies", VHOST):
        hits = other["name"] != POLICY and any(re.search(other["pattern"], name) for name in names)
        if hits and other["priority"] >= policy["priority"] and other["apply-to"] != "exchanges":
            raise DeclaredOtherwiseError(
                f"the policy {other['name']} goes before ours for {' and '.join(sorted(names))}, "
                "which have no bound of ours so: lower its priority below 10, or narrow its pattern"
            )
    return [f"policy {POLICY}"] if is_new else []


def _bindings(broker: Management, queue: Queue) -> list[str]:
    """Bind the queue to the topics it shall take, and to no others: those of a route that has gone are let go."""
    path = ("bindings", VHOST, "e", EXCHANGE, "q", queue.name)
    there = {one["routing_key"]: one["properties_key"] for one in broker.get(*path)}
    wanted = {binding_of(one) for one in queue.filters}
    for key in sorted(wanted - there.keys()):
        broker.post(*path, body={"routing_key": key})
    for key in sorted(there.keys() - wanted):
        broker.delete(*path, there[key])
    new = [f"binding {key} to {queue.name}" for key in sorted(wanted - there.keys())]
    return [*new, *(f"no binding {key} to {queue.name} any more" for key in sorted(there.keys() - wanted))]


def _users(broker: Management, passwords: Mapping[str, str]) -> list[str]:
    """Enter our own users with the settings' passwords: none may declare anything, each may do its part."""
    exchange, prefix = f"^{re.escape(EXCHANGE)}$", re.escape(PREFIX.replace("/", "."))
    rights = {
        WORKERS: {"read": f"^({re.escape(QUEUE)}|{re.escape(ORDERED_QUEUE)})$", "topics": NOTHING},
        SIMULATOR: {"write": exchange, "topics": rf"^{prefix}\..+$"},
        SPARKPLUG: {
            "read": f"^{re.escape(ORDERED_QUEUE)}$",
            "write": exchange,
            "topics": r"^spBv1\.0\..+\.NCMD\..+$",
        },
    }
    made = [f"user {name}" for name, password in passwords.items() if password and not broker.get("users", name)]
    for name, password in passwords.items():
        if password:
            enter(broker, name, password, "", **rights[name])
    return made
