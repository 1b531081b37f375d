"""A city on several machines, tried on one: three brokers, two databases, two of each part, a proxy."""

from cityops.local.trial.members import asking_standby, cluster_servers
from cityops.local.trial.replicas import COPIES, replica_ports, running_proxy

__all__ = ["COPIES", "asking_standby", "cluster_servers", "replica_ports", "running_proxy"]
