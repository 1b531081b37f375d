"""Our side of every connection to the broker: addresses with credentials and TLS, and who may publish what there."""
