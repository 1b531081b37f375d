"""What Mosquitto asks of its client beside MQTT: a guard over sessions, and figures of its own."""
