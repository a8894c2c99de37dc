"""Loads the Parquet of extractor manifests into the PostgreSQL warehouse."""
