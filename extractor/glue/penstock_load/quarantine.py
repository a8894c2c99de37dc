from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from penstock_load.errors import LoadError
from penstock_load.manifest import Manifest
from penstock_load.transform import RAW, REASON


def folder(root: str, manifest: Manifest, run_key: str) -> str:
    return f"{root}/{manifest.source}/{manifest.table}/load_date={manifest.load_date}/run={run_key}"


def write(transformed: DataFrame, rejected: int, uri: str) -> dict[str, int]:
    """Replaces the folder with the rejected rows as they were read and the `reason` of each; the answer is the count by reason."""
    rows = transformed.where(F.col(REASON).isNotNull()).select(f"{RAW}.*", F.col(REASON).alias("reason"))
    reasons = {row["reason"]: int(row["count"]) for row in rows.groupBy("reason").count().collect()}
    if sum(reasons.values()) != rejected:
        raise LoadError(
            "Spark",
            f"{rejected} rows were rejected and {sum(reasons.values())} would be written to {uri}",
            "the data changed under the job: run the extract task and this one again",
        )
    rows.write.mode("overwrite").parquet(uri)
    return reasons


def clear(spark: SparkSession, uri: str) -> None:
    """Removes what an earlier attempt of the same run rejected."""
    jvm: Any = spark.sparkContext._jvm
    context: Any = spark.sparkContext._jsc
    path = jvm.org.apache.hadoop.fs.Path(uri)
    path.getFileSystem(context.hadoopConfiguration()).delete(path, True)
