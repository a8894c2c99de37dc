"use client";

import { type ComponentType, startTransition, useEffect, useState } from "react";

type OnDemand<Props> = ComponentType<Props> & { load: () => void };

const Nothing = () => null;

/**
 * A component of the browser alone, whose code comes when it is first drawn or, by `load`, before; `Meanwhile` stands in its place. Not by
 * Suspense: React holds back what a boundary has waited for until 300 ms after it began to wait.
 */
export function onDemand<Props extends object>(
  read: () => Promise<ComponentType<Props>>,
  Meanwhile: ComponentType = Nothing,
): OnDemand<Props> {
  let Whole: ComponentType<Props> | undefined;
  const bring = async () => {
    Whole ??= await read();
  };
  function Part(props: Props) {
    const [isHere, setHere] = useState(Whole !== undefined);
    const [failed, fail] = useState<{ error: unknown } | null>(null);
    useEffect(() => {
      if (isHere) return;
      bring().then(
        () => startTransition(() => setHere(true)),
        (error: unknown) => fail({ error }),
      );
    }, [isHere]);
    if (failed) throw failed.error;
    return isHere && Whole ? <Whole {...props} /> : <Meanwhile />;
  }
  // What fails here fails again, and is told, when it is drawn.
  return Object.assign(Part, { load: () => void bring().catch(() => undefined) });
}
