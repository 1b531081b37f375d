"""What goes out as a file: its columns, declared once, and the package that describes it."""
