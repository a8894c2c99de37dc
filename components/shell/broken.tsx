"use client";

import { Glyph } from "@/components/ui/glyph";
import { paths } from "@/lib/paths";

/** A page that could not be drawn: which system, how to find it in the server's log, one remedy. */
export function Broken({ error, onRetry }: { error: Error & { digest?: string }; onRetry: () => void }) {
  return (
    <section aria-labelledby="broken" className="max-w-2xl">
      <p className="mb-1.5 text-small text-ink-3">Penstock itself</p>
      <h1 id="broken" className="flex items-start gap-2.5 text-[1.5rem]/[1.8125rem] font-answer tracking-[-.022em] desk:text-answer">
        <Glyph name="fail" size={24} className="on-canvas mt-1 text-fail-ink desk:mt-1.5" />
        The dashboard could not draw this page.
      </h1>
      <p className="mt-2 text-ink-2">
        The systems it reads are not to blame, and nothing was changed. Try again; if it stays, give an administrator
        {error.digest ? (
          <>
            {" "}
            the number <code>{error.digest}</code>, which the server’s log has too.
          </>
        ) : (
          <>
            {" "}
            this line: <code>{error.message}</code>
          </>
        )}
      </p>
      <p className="mt-4 flex items-center gap-4">
        <button type="button" className="btn first" onClick={onRetry}>
          Try again
        </button>
        <a href={paths.status} className="go">
          Status <Glyph name="right" size={12} />
        </a>
      </p>
    </section>
  );
}
