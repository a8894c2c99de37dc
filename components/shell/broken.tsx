"use client";

/**
 * A page that could not be drawn: which system, how to find it in the server's log, one remedy. Every page carries this part, so it
 * stands alone: no shared shapes, no router, no list of paths.
 */
export function Broken({ error, onRetry }: { error: Error & { digest?: string }; onRetry: () => void }) {
  return (
    <section aria-labelledby="broken" className="max-w-2xl">
      <p className="mb-1.5 text-small text-ink-3">Penstock itself</p>
      <h1 id="broken" className="flex items-start gap-2.5 text-[1.5rem]/[1.8125rem] font-answer tracking-[-.022em] desk:text-answer">
        <svg width={24} height={24} viewBox="0 0 16 16" aria-hidden="true" className="mt-1 text-fail-ink desk:mt-1.5">
          <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />
          <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" stroke="var(--color-canvas)" strokeWidth="1.7" strokeLinecap="round" />
        </svg>
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
        <a href="/" className="go">
          Status
        </a>
      </p>
    </section>
  );
}
