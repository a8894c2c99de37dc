"""Airflow's names that only the recorder's DAGs need."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.standard.operators.empty import EmptyOperator
else:
    try:
        from airflow.providers.standard.operators.empty import EmptyOperator
    except ImportError:
        from airflow.operators.empty import EmptyOperator

__all__ = ["EmptyOperator"]
