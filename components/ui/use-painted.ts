import { startTransition, useEffect, useState } from "react";

/**
 * A value one frame late: what follows from it is drawn once the browser has shown that the input was heard, and in pieces, so that the next input is heard
 * too. The second of the pair sets it at once.
 */
export function usePainted<T>(value: T): [T, (value: T) => void] {
  const [painted, setPainted] = useState(value);
  useEffect(() => {
    if (Object.is(painted, value)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => startTransition(() => setPainted(value)));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [painted, value]);
  return [painted, setPainted];
}
