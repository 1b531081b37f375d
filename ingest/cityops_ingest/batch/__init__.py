"""A batch on its way: messages decoded, series found, rows in columns, refusals beside them."""
