"""Airflow's names, which moved between 2.9 and 3.3: one place that knows both addresses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import DAG, Param
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
else:
    try:
        from airflow.sdk import DAG, Param
    except ImportError:
        from airflow import DAG
        from airflow.models.param import Param
    try:
        from airflow.providers.standard.operators.python import PythonOperator
        from airflow.providers.standard.sensors.python import PythonSensor
    except ImportError:
        from airflow.operators.python import PythonOperator
        from airflow.sensors.python import PythonSensor
    try:
        from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
    except ImportError:
        from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

__all__ = [
    "DAG",
    "AirflowException",
    "AirflowFailException",
    "AirflowSkipException",
    "Param",
    "PythonOperator",
    "PythonSensor",
]
