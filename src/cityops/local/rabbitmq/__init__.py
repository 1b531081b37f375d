"""RabbitMQ for one machine, one node or a cluster: fetched from Debian only when it is asked for."""

from cityops.local.rabbitmq.cluster import Cluster
from cityops.local.rabbitmq.node import Certified, RabbitNode
from cityops.local.rabbitmq.programs import Programs, prepare_programs

__all__ = ["Certified", "Cluster", "Programs", "RabbitNode", "prepare_programs"]
