"""Messages from a cluster of RabbitMQ: devices speak MQTT to it, workers take from its queue by AMQP 0-9-1."""
