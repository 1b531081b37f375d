"""Reports: their numbers put together, written as files, made and kept."""
