"""Reads a table or an API resource incrementally and leaves it as Parquet with a manifest on S3."""
