"""A seeded synthetic Guangzhou: devices and cases that publish real wire messages to the MQTT broker."""
