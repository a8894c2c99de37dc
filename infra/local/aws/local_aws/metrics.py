"""Data points into CloudWatch, kept for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow

from local_aws.places import Place

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """One value of a metric, told in each of several sets of dimensions."""

    name: str
    value: float
    unit: str


def put(place: Place, namespace: str, points: list[Point], dimension_sets: list[dict[str, str]]) -> None:
    """Store every point in every set of dimensions, at this moment."""
    backend, now = cloudwatch_backends[place.account][place.region], utcnow()
    data = [
        {
            "MetricName": point.name,
            "Value": point.value,
            "Unit": point.unit,
            "Timestamp": now,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        }
        for point in points
        for dimensions in dimension_sets
    ]
    backend.put_metric_data(namespace, data)
    # Each query reads all that is kept.
    backend.metric_data = [datum for datum in backend.metric_data if datum.timestamp >= now - KEPT]
