"""The command `cityops`, one file per verb; `main` puts them together."""
