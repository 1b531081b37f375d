"""The flavour of broker that is Mosquitto: a guard over sessions, and figures of its own."""
