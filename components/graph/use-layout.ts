import { useEffect, useState } from "react";
import type { Direction, GraphLayout } from "./layout";
import type { GraphModel } from "./model";

/** A model with the places that were found for it. */
export type Placed = { model: GraphModel; layout: GraphLayout; direction: Direction };

/** Places for a model, from a worker; until they come, those of the model before. */
export function useLayout(model: GraphModel, direction: Direction): { placed: Placed | null; hasFailed: boolean } {
  const [placed, setPlaced] = useState<Placed | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<GraphLayout>) => {
      setFailed(false);
      setPlaced({ model, layout: data, direction });
      worker.terminate();
    };
    worker.onerror = () => setFailed(true);
    worker.postMessage({ model, direction });
    return () => worker.terminate();
  }, [model, direction]);
  return { placed, hasFailed };
}
