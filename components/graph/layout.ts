import { Graph, layout } from "@dagrejs/dagre";
import type { GraphModel } from "./model";

export type Direction = "LR" | "TB";
export type Rect = { x: number; y: number; width: number; height: number };
/** Where each box and frame stands, from its upper left corner. */
export type GraphLayout = { boxes: Record<string, Rect>; frames: Record<string, Rect> };

export const boxSize = { width: 208, height: 48 };
const frameHead = 30;
/** The best ranks cost too much in a large graph. */
const bestUpTo = 250;

/** Boxes in ranks along the edges, the boxes of an open group together. */
export function layOut({ boxes, frames, edges }: GraphModel, direction: Direction): GraphLayout {
  const graph = new Graph({ compound: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: 16,
    ranksep: 56,
    edgesep: 8,
    marginx: 16,
    marginy: 16,
    ranker: boxes.length > bestUpTo ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const parents = new Set(boxes.map(({ parentId }) => parentId));
  const framesUsed = withParents(frames, parents);
  for (const { id } of framesUsed) graph.setNode(id, { width: 0, height: 0 });
  for (const { id } of boxes) graph.setNode(id, { ...boxSize });
  for (const { id, parentId } of [...framesUsed, ...boxes]) if (parentId !== null && graph.hasNode(parentId)) graph.setParent(id, parentId);
  for (const [from, to] of edges) graph.setEdge(from, to);
  layout(graph);
  const rectOf = (id: string): Rect => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) as Partial<Rect>;
    return { x: x - width / 2, y: y - height / 2, width, height };
  };
  const rects = Object.fromEntries(boxes.map(({ id }) => [id, rectOf(id)]));
  return { boxes: rects, frames: framesAround(framesUsed, boxes, rects) };
}

function withParents(frames: GraphModel["frames"], parents: Set<string | null>): GraphModel["frames"] {
  const wanted = new Set(parents);
  for (const frame of frames.toReversed()) if (wanted.has(frame.id)) wanted.add(frame.parentId);
  return frames.filter(({ id }) => wanted.has(id));
}

/** Frames from what stands in them, with room for the name: innermost first, so that each encloses those within. */
function framesAround(frames: GraphModel["frames"], boxes: GraphModel["boxes"], rects: Record<string, Rect>): Record<string, Rect> {
  const found: Record<string, Rect> = {};
  const depthOf = (id: string | null): number => {
    const frame = frames.find((each) => each.id === id);
    return frame ? 1 + depthOf(frame.parentId) : 0;
  };
  for (const frame of frames.toSorted((a, b) => depthOf(b.id) - depthOf(a.id))) {
    const inside = [...boxes, ...frames].filter(({ parentId }) => parentId === frame.id).flatMap(({ id }) => rects[id] ?? found[id] ?? []);
    if (inside.length === 0) continue;
    const left = Math.min(...inside.map(({ x }) => x)) - 12;
    const top = Math.min(...inside.map(({ y }) => y)) - frameHead;
    const right = Math.max(...inside.map(({ x, width }) => x + width)) + 12;
    const bottom = Math.max(...inside.map(({ y, height }) => y + height)) + 12;
    found[frame.id] = { x: left, y: top, width: right - left, height: bottom - top };
  }
  return found;
}
