"""Messages from a broker: MQTT 5 as any broker speaks it."""
