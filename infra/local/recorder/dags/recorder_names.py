"""Airflow's names that only the recorder's DAGs need."""

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator

__all__ = ["EmptyOperator"]
