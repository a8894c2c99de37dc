"""Settings of Airflow and AWS for the tests; in force before either is imported."""

import os
import sys
import tempfile
from pathlib import Path

DAGS = Path(__file__).parents[1]
HOME = Path(tempfile.mkdtemp(prefix="airflow-tests-"))

os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "180",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # Airflow 2's sensors ask for the executor, which refuses this database.
        "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        "AIRFLOW_ENV_NAME": "penstock",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PENSTOCK_POLL_SECONDS": "1",
    }
)
for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "PENSTOCK_DATA_BUCKET"):
    os.environ.pop(name, None)
sys.path.insert(0, str(DAGS))
