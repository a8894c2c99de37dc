"""Section 9. Dollars are decimals of ten digits, rounded half up for each line."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

from .clock import utc_midnight
from .company import Price
from .tries import DPU, Container, GlueRun, Try
from .world import World

TEN_DIGITS = Decimal("0.0000000001")
Usd = Decimal | Literal["unknown"]


def _line(numerator: Decimal, denominator: int) -> Decimal:
    with localcontext() as exact:
        exact.prec = 60
        return (numerator / denominator).quantize(TEN_DIGITS, rounding=ROUND_HALF_UP)


def text(usd: Decimal) -> str:
    return format(usd.quantize(TEN_DIGITS), "f")


class Costs:
    def __init__(self, world: World) -> None:
        self.world = world
        self.company = world.company

    def price_at(self, at: int) -> Price:
        def since(price: Price) -> int:
            day = price["fromDay"]
            return -1 if day is None else utc_midnight(self.world.date_of(day))

        return [price for price in self.company.prices if since(price) <= at][-1]

    def of_container(self, container: Container) -> Usd:
        if container.unknowable:
            return "unknown"
        if container.pull_started is None:
            return Decimal(0)
        if container.spot:
            return "unknown"
        seconds = max(60, -(-(container.stopped - container.pull_started) // 1000))
        fargate = self.price_at(container.pull_started)["fargate"]
        rate = fargate["arm64" if container.architecture == "ARM64" else "x86_64"]
        revision = container.revision
        vcpu = _line(revision["cpuUnits"] * seconds * Decimal(rate["vcpuHour"]), 1024 * 3600)
        memory = _line(revision["memoryMib"] * seconds * Decimal(rate["gbHour"]), 1024 * 3600)
        return vcpu + memory

    def of_glue(self, run: GlueRun) -> Decimal:
        job, rates = self.company.glue_jobs[run.job], self.price_at(run.started)["glue"]
        rate = rates["flexDpuHour"] if job["executionClass"] == "FLEX" else rates["standardDpuHour"]
        dpu_seconds = run.dpu_seconds
        if dpu_seconds is None:
            dpu_seconds = DPU[job["workerType"]] * job["numberOfWorkers"] * max(60, run.execution_seconds)
        return _line(dpu_seconds * Decimal(rate), 3600)

    def of_try(self, each: Try) -> Usd | None:
        """None: it runs nothing that is billed by itself."""
        if each.container is not None:
            return self.of_container(each.container)
        return None if each.glue is None else self.of_glue(each.glue)

    def total(self, tries: list[Try]) -> tuple[Decimal, int]:
        """The sum of what is known, and how many are unknown."""
        costs = [cost for each in tries if (cost := self.of_try(each)) is not None]
        return sum((cost for cost in costs if cost != "unknown"), Decimal(0)), costs.count("unknown")
