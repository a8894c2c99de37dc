"""By hand: digests are of sha256sum."""

from datetime import date

import pytest

from sample_oracle.clock import instant_of, iso, parse_instant, wire
from sample_oracle.draws import Draws
from sample_oracle.world import World

DRAWN = [
    ("penstock", "a", 0xC61DC7C5),
    ("penstock", "fx_rates|x|queue", 0xF4116A47),
    ("1", "deploy|orders-extract|11", 0xBA0A130F),
]


@pytest.mark.parametrize(("seed", "key", "first"), DRAWN)
def test_a_draw_is_the_first_four_bytes_of_the_digest(seed: str, key: str, first: int) -> None:
    draws = Draws(seed)
    assert draws.hex(key).startswith(f"{first:08x}")
    assert draws.draw(key, 1_000_000) == first * 1_000_000 // 2**32
    assert draws.draw(key, 2) == (first >= 2**31)


def test_quantiles_are_interpolated_between_neighbours() -> None:
    class At(Draws):
        def draw(self, key: str, n: int) -> int:
            return int(key)

    table = [[0, 100], [500_000, 200], [1_000_000, 1_200]]
    assert [At("s").quantile(table, u) for u in ("0", "250000", "499999", "500000", "999999")] == [100, 150, 199, 200, 1199]
    assert At("s").work([1, 2, 3, 4, 5], "250000") == 1500


@pytest.mark.parametrize(
    ("day", "hhmm", "zone", "instant"),
    [
        (date(2026, 10, 24), "02:30", "Europe/Madrid", "2026-10-24T00:30:00Z"),
        # Twice: the first counts.
        (date(2026, 10, 25), "02:30", "Europe/Madrid", "2026-10-25T00:30:00Z"),
        (date(2026, 10, 25), "03:00", "Europe/Madrid", "2026-10-25T02:00:00Z"),
        (date(2026, 11, 1), "01:30", "America/New_York", "2026-11-01T05:30:00Z"),
        # Skipped: half past three.
        (date(2026, 3, 29), "02:30", "Europe/Madrid", "2026-03-29T01:30:00Z"),
        (date(2026, 10, 25), "02:30", "Asia/Tokyo", "2026-10-24T17:30:00Z"),
    ],
)
def test_a_wall_clock_through_changes(day: date, hhmm: str, zone: str, instant: str) -> None:
    assert instant_of(day, hhmm, zone) == parse_instant(instant)


def test_instants_are_written_as_python_and_as_the_product_writes_them() -> None:
    at = parse_instant("2026-11-22T06:00:00Z")
    assert (iso(at), iso(at + 123)) == ("2026-11-22T06:00:00+00:00", "2026-11-22T06:00:00.123000+00:00")
    assert wire(at + 7) == "2026-11-22T06:00:00.007Z"


def test_an_event_on_a_working_day_waits_for_one_of_all_countries() -> None:
    world = World("1", date(2026, 7, 25))
    outage = next(event for event in world.company.events if event["id"] == "source_outage")
    # Day 57 is Sunday 20 September; Japan rests on the 21st, 22nd and 23rd.
    assert world.date_of(world.event_day(outage) or 0) == date(2026, 9, 24)
    window = next(window for window in world.windows if window.event == "source_outage")
    assert (wire(window.start), wire(window.end)) == ("2026-09-23T22:00:00.000Z", "2026-09-24T06:30:00.000Z")
    assert window.has(window.start)
    assert not window.has(window.end)
