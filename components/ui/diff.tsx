"use client";

import { Ghosts } from "./notice";
import { onDemand } from "./on-demand";

/**
 * The difference of two texts (`before`, `after`) or prepared `rows`: one column, two where it is wide enough; equal lines fold. What
 * compares is loaded when there is something to compare.
 */
export const Diff = onDemand(
  () => import("./diff-view").then(({ DiffView }) => DiffView),
  () => <Ghosts rows={6} label="Comparing" />,
);
