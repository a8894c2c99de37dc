"""Brings the jars of jars.txt into a folder: python fetch_jars.py <folder>. Needs pyspark and Java; what is there already stays."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path


def wanted() -> dict[str, str]:
    """Coordinate (group:artifact:version) to sha256."""
    lines = (line.split("#")[0].split() for line in (Path(__file__).parent / "jars.txt").read_text(encoding="utf-8").splitlines())
    return {fields[0]: fields[1] for fields in lines if fields}


def jar_name(coordinate: str) -> str:
    _, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def is_there(folder: Path, coordinate: str, sha256: str) -> bool:
    path = folder / jar_name(coordinate)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def download(folder: Path, coordinates: dict[str, str]) -> None:
    """Uses the resolver inside Spark, which knows Maven Central by itself; a jar with another sha256 is refused."""
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as ivy:
        builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.jars.ivy", ivy)
        spark = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
        for coordinate, sha256 in coordinates.items():
            spark.sql(f"ADD JAR ivy://{coordinate}?transitive=false")
            group, artifact, version = coordinate.split(":")
            source = Path(ivy) / "jars" / f"{group}_{artifact}-{version}.jar"
            found = hashlib.sha256(source.read_bytes()).hexdigest()
            if found != sha256:
                raise SystemExit(f"{coordinate}: sha256 is {found}, jars.txt says {sha256}. Remedy: find out why the repository serves another file")
            partial = folder / f".{jar_name(coordinate)}"
            shutil.copyfile(source, partial)
            partial.rename(folder / jar_name(coordinate))
        spark.stop()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    missing = {coordinate: sha256 for coordinate, sha256 in wanted().items() if not is_there(folder, coordinate, sha256)}
    if missing:
        download(folder, missing)
    sys.stdout.write(f"{len(wanted())} jars in {folder}, {len(missing)} downloaded\n")


if __name__ == "__main__":
    main()
