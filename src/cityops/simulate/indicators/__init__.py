"""Values of declared indicators, as the source systems of a simulated Guangzhou push them to the broker."""
