"""Rows on their way into a file: CSV, XLSX, Parquet, Arrow or a zip, described by one package."""
