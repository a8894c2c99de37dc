"use client";

import { Broken } from "@/components/shell/broken";

export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return <Broken error={error} onRetry={reset} />;
}
