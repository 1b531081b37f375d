"""What a registration file says of a device or channel: its cells, frames of coordinates, areas, rows."""
