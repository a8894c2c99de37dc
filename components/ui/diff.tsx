"use client";

import dynamic from "next/dynamic";
import { Ghosts } from "./notice";

/**
 * The difference of two texts (`before`, `after`) or prepared `rows`: one column, two where it is wide enough; equal lines fold. What
 * compares is loaded when there is something to compare.
 */
export const Diff = dynamic(() => import("./diff-view").then(({ DiffView }) => DiffView), {
  ssr: false,
  loading: () => <Ghosts rows={6} label="Comparing" />,
});
