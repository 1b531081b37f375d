"""The page of data resources."""
