"""The `extractor` command."""

from extractor.memory import keep_flat


def main() -> None:
    keep_flat()
    # Arrow chooses its allocator when it is first imported, so this comes after.
    from extractor.job import run

    run()


if __name__ == "__main__":
    main()
