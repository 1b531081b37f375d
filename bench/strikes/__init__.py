"""What a run strikes its parts with, and what tells afterwards whether they kept everything."""
