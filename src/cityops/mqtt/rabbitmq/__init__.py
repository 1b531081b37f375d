"""Our side of a cluster of RabbitMQ: what is declared there, and who may publish what."""
