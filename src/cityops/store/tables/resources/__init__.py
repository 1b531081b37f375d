"""The tables of the data resources."""
