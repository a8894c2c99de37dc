import { startTransition, useEffect, useState } from "react";

/**
 * A value one frame late: what follows from it is drawn once the browser has shown that the input was heard, and in pieces, so that the next input is heard
 * too.
 */
export function usePainted<T>(value: T): T {
  const [painted, setPainted] = useState(value);
  useEffect(() => {
    if (Object.is(painted, value)) return;
    const frame = requestAnimationFrame(() => startTransition(() => setPainted(value)));
    return () => cancelAnimationFrame(frame);
  }, [painted, value]);
  return painted;
}
