from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from penstock_load.manifest import Manifest
from penstock_load.transform import RAW, REASON


def folder(root: str, manifest: Manifest, run_key: str) -> str:
    return f"{root}/{manifest.source}/{manifest.table}/load_date={manifest.load_date}/run={run_key}"


def write(transformed: DataFrame, uri: str) -> None:
    """Replaces the folder with the rejected rows as they were read and the `reason` of each."""
    rows = transformed.where(F.col(REASON).isNotNull()).select(f"{RAW}.*", F.col(REASON).alias("reason"))
    rows.write.mode("overwrite").parquet(uri)


def clear(spark: SparkSession, uri: str) -> None:
    """Removes what an earlier attempt of the same run rejected."""
    jvm: Any = spark.sparkContext._jvm
    context: Any = spark.sparkContext._jsc
    path = jvm.org.apache.hadoop.fs.Path(uri)
    path.getFileSystem(context.hadoopConfiguration()).delete(path, True)
