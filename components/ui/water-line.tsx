import { cn } from "@/lib/cn";

export type WaterPoint = { key: string; kind: "ok" | "fail" | "run"; title: string };

/** Good runs draw one unbroken line, oldest at the left; a failure breaks it. */
export function WaterLine({ points, said }: { points: WaterPoint[]; said: string }) {
  return (
    <span className="waterline" role="img" aria-label={said} style={{ "--n": Math.max(points.length, 1) }}>
      {points.map(({ key, kind, title }) => (
        <i key={key} className={cn(kind !== "ok" && kind)} title={title} />
      ))}
    </span>
  );
}
