"use client";

import "./globals.css";
import { Broken } from "@/components/shell/broken";

export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Penstock is broken</title>
        <main className="px-4 pt-16 desk:px-16">
          <Broken error={error} onRetry={reset} />
        </main>
      </body>
    </html>
  );
}
