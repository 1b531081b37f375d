"""What keeps the database well: maintenance, retention, checks of what it holds, backup and restore."""
