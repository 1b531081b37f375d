"""What was refused: kept, read, and tried again."""
