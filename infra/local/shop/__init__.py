"""A small shop that exists only as a function of a seed: its database, its exchange rate API, and what a warehouse of it must hold."""
