"""Sections 1 and 2 together: a seed, an anchor, the company, and the windows of its events."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from .clock import DAY, FOREVER, MINUTE, utc_date, utc_midnight
from .company import Company, Effect, Event, Quantiles
from .draws import Draws


@dataclass(frozen=True)
class Window:
    event: str
    effect: Effect
    day: int
    start: int
    end: int

    def has(self, at: int) -> bool:
        return self.start <= at < self.end


class World:
    def __init__(self, seed: str, anchor: date, company: Company | None = None) -> None:
        self.seed = seed
        self.anchor = anchor
        self.company = company or Company()
        self.draws = Draws(seed)
        self.distributions = self.company.distributions

    def distribution(self, name: str) -> Quantiles:
        return self.distributions[name]

    def date_of(self, day: int) -> date:
        return self.anchor + timedelta(days=day)

    def day_index(self, day: date) -> int:
        return (day - self.anchor).days

    def utc_day(self, at: int) -> int:
        return self.day_index(utc_date(at))

    def is_holiday(self, day: date, calendar: str) -> bool:
        return day.isoformat() in self.company.holidays[calendar]

    def is_working(self, day: date, calendar: str) -> bool:
        return day.weekday() < 5 and not self.is_holiday(day, calendar)

    def event_day(self, event: Event) -> int | None:
        day = event["day"]
        if day is None or not event.get("onWorkingDay"):
            return day
        while not all(self.is_working(self.date_of(day), calendar) for calendar in self.company.calendars):
            day += 1
        return day

    def day_instant(self, day: int, hhmm: str) -> int:
        hours, minutes = hhmm.split(":")
        return utc_midnight(self.anchor) + day * DAY + (int(hours) * 60 + int(minutes)) * MINUTE

    @cached_property
    def windows(self) -> list[Window]:
        """Every effect with a window, in the order of the events."""
        found = []
        for event in self.company.events:
            day = self.event_day(event)
            for effect in event["effects"]:
                if day is None or "fromDay" not in effect:
                    continue
                end = self.day_instant(day + effect["toDay"], effect["toTime"]) if "toDay" in effect else FOREVER
                found.append(Window(event["id"], effect, day, self.day_instant(day + effect["fromDay"], effect["fromTime"]), end))
        return found

    @cached_property
    def windows_by_effect(self) -> dict[str, list[Window]]:
        return {name: [window for window in self.windows if window.effect["effect"] == name] for name in self.effects}

    @property
    def effects(self) -> set[str]:
        return {effect["effect"] for event in self.company.events for effect in event["effects"]}

    def windows_of(self, effect: str) -> list[Window]:
        return self.windows_by_effect.get(effect, [])

    def backfills(self) -> list[tuple[str, int, Effect]]:
        """Event, its day, the effect."""
        return [
            (event["id"], day, effect)
            for event in self.company.events
            for effect in event["effects"]
            if effect["effect"] == "backfill" and (day := self.event_day(event)) is not None
        ]
