import type { Direction, GraphLayout, Rect } from "./layout";
import type { GraphModel } from "./model";

export const walkKeys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"] as const;
export type WalkKey = (typeof walkKeys)[number];

const middle = ({ x, y, width, height }: Rect) => ({ x: x + width / 2, y: y + height / 2 });

/** Where an arrow key leads: along the edges in the direction of the graph, else to the next box of the same rank. Null: nowhere. */
export function walk(id: string, key: WalkKey, model: GraphModel, { boxes }: GraphLayout, direction: Direction): string | null {
  const ids = model.boxes.map((box) => box.id).filter((each) => boxes[each]);
  if (key === "Home" || key === "End") return farthest(ids, boxes, key === "Home" ? -1 : 1, direction);
  const here = boxes[id];
  if (!here) return ids[0] ?? null;
  const isAlong = direction === "LR" ? key === "ArrowLeft" || key === "ArrowRight" : key === "ArrowUp" || key === "ArrowDown";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  if (isAlong) {
    const next =
      sign > 0
        ? model.edges.filter(([from]) => from === id).map(([, to]) => to)
        : model.edges.filter(([, to]) => to === id).map(([from]) => from);
    return nearest(next, here, boxes);
  }
  const across = direction === "LR" ? "y" : "x";
  const along = direction === "LR" ? "x" : "y";
  const size = direction === "LR" ? here.width : here.height;
  const from = middle(here);
  const sameRank = ids.filter((each) => {
    const at = middle(boxes[each] as Rect);
    return each !== id && Math.abs(at[along] - from[along]) < size / 2 && (at[across] - from[across]) * sign > 0;
  });
  return nearest(sameRank, here, boxes);
}

function nearest(ids: string[], here: Rect, boxes: GraphLayout["boxes"]): string | null {
  const from = middle(here);
  let best: { id: string; distance: number } | null = null;
  for (const id of ids) {
    const rect = boxes[id];
    if (!rect) continue;
    const at = middle(rect);
    const distance = Math.hypot(at.x - from.x, at.y - from.y);
    if (!best || distance < best.distance) best = { id, distance };
  }
  return best?.id ?? null;
}

function farthest(ids: string[], boxes: GraphLayout["boxes"], sign: number, direction: Direction): string | null {
  const along = direction === "LR" ? "x" : "y";
  const across = direction === "LR" ? "y" : "x";
  const sorted = ids.toSorted((a, b) => {
    const [one, other] = [boxes[a] as Rect, boxes[b] as Rect];
    return sign * (other[along] - one[along]) || one[across] - other[across];
  });
  return sorted[0] ?? null;
}
