"""`python -m sample_oracle --seed S --anchor D --now T < questions.jsonl > answers.jsonl`, and three commands that tell more."""

import argparse
import json
import sys
from datetime import date

from .answers import Oracle
from .clock import parse_instant
from .events import describe
from .questions import Questions
from .world import World


def main() -> None:
    arguments = parse()
    oracle = Oracle(World(arguments.seed, arguments.anchor), parse_instant(arguments.now))
    if arguments.command == "questions":
        lines = Questions(oracle, arguments.random, arguments.days).some(arguments.count)
        lines = [oracle.answer(line) for line in lines] if arguments.answers else lines
    elif arguments.command == "events":
        lines = describe(oracle)
    elif arguments.command == "day":
        lines = [oracle.day(arguments.date)]
    else:
        lines = [oracle.answer(json.loads(line)) for line in sys.stdin if line.strip()]
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sample_oracle", description=__doc__)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--anchor", required=True, type=date.fromisoformat)
    parser.add_argument("--now", required=True)
    commands = parser.add_subparsers(dest="command")
    questions = commands.add_parser("questions", help="random questions, one a line")
    questions.add_argument("--count", type=int, default=1000)
    questions.add_argument("--random", type=int, default=1)
    questions.add_argument("--days", type=lambda text: [date.fromisoformat(day) for day in text.split(",")], default=None)
    questions.add_argument("--answers", action="store_true", help="with their answers")
    commands.add_parser("events", help="each event with what it touched")
    commands.add_parser("day", help="a UTC day as a whole").add_argument("date", type=date.fromisoformat)
    return parser.parse_args()


if __name__ == "__main__":
    main()
