import { startTransition, useEffect, useState } from "react";

/**
 * A value one frame late: what follows from it is drawn once the browser has shown that the input was heard, and in pieces, so that the next input is heard
 * too.
 */
export function usePainted<T>(value: T): T {
  const [painted, setPainted] = useState(value);
  useEffect(() => {
    if (Object.is(painted, value)) return;
    return afterFrame(() => startTransition(() => setPainted(value)));
  }, [painted, value]);
  return painted;
}

/** Does what an input may wait for once the browser has shown that it was heard; what is done in the frame itself comes before that. Gives how to call it off. */
export function afterFrame(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(act);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** False for the frame in which the component first shows, unless `isWhole`: what is long of it follows in a frame of its own, in pieces. */
export function useSecondFrame(isWhole = false): boolean {
  const [isDue, setDue] = useState(isWhole);
  useEffect(() => {
    if (isDue) return;
    return afterFrame(() => startTransition(() => setDue(true)));
  }, [isDue]);
  return isDue;
}

const lateMs = 300;

/** For what stays on screen until what was asked for instead is there; it is marked as old only once that takes long, for a mark has to be painted, too. */
export function useWaiting(isWaiting: boolean): { "aria-busy": boolean; "data-late": true | undefined } {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => setLate(true), lateMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isWaiting]);
  return { "aria-busy": isWaiting, "data-late": (isWaiting && isLate) || undefined };
}
