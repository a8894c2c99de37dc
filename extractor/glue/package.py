"""Makes what Glue needs beside the script: python package.py <folder> [--wheels].

penstock_load.zip is the job's own package for --extra-py-files, the same bytes for the same sources, made offline.
With --wheels, penstock_load.gluewheels.zip holds the modules that Glue lacks for --additional-python-modules with --no-index,
since a job inside a VPC may reach no index. That needs pip and an index: run it before a deployment.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
EARLIEST = (1980, 1, 1, 0, 0, 0)
# Glue 5.1 runs CPython 3.11 on Amazon Linux 2023: x86_64, glibc 2.34.
PLATFORMS = ["manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]


def job_package(folder: Path) -> Path:
    sources = sorted(path for path in (HERE / "penstock_load").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return _archive(folder / "penstock_load.zip", [(path.relative_to(HERE).as_posix(), path.read_bytes()) for path in sources], zipfile.ZIP_DEFLATED)


def wheels(folder: Path) -> Path:
    """Downloads the wheels of wheels.lock, each checked against its hash, into the layout that Glue installs from."""
    with tempfile.TemporaryDirectory() as downloads:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command += ["--python-version=3.11", "--implementation=cp", *(f"--platform={name}" for name in PLATFORMS)]
        subprocess.run([*command, "-r", str(HERE / "wheels.lock"), "-d", downloads], check=True)
        entries = [(f"wheels/{path.name}", path.read_bytes()) for path in sorted(Path(downloads).glob("*.whl"))]
    pins = [line.split(" ")[0] for line in (HERE / "wheels.lock").read_text(encoding="utf-8").splitlines() if "==" in line]
    entries.append(("wheels/requirements.txt", ("\n".join(pins) + "\n").encode()))
    return _archive(folder / "penstock_load.gluewheels.zip", entries, zipfile.ZIP_STORED)


def _archive(path: Path, entries: list[tuple[str, bytes]], compression: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = compression
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return path


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made = [job_package(folder)]
    if "--wheels" in sys.argv[2:]:
        made.append(wheels(folder))
    for path in made:
        sys.stdout.write(f"{path} {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
