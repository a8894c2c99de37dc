type PagerProps = {
  isFirst: boolean;
  nextCursor: string | null;
  /** Where the list can go one page back. */
  previousCursor?: string | null;
  words: { first: string; next: string; previous?: string };
  onFirst: () => void;
  onPrevious?: (cursor: string) => void;
  onNext: (cursor: string) => void;
};

/** Keyset paging: on from here, one page back where the list can, or back to the start. */
export function Pager({ isFirst, nextCursor, previousCursor = null, words, onFirst, onNext, onPrevious }: PagerProps) {
  if (isFirst && nextCursor === null) return null;
  return (
    <nav aria-label="Pages" className="flex justify-between gap-2 border-t border-line px-3.5 py-2 desk:px-4">
      {isFirst ? (
        <span />
      ) : (
        <button type="button" className="btn bare -ml-2" onClick={onFirst}>
          {words.first}
        </button>
      )}
      <span className="flex gap-2">
        {previousCursor !== null && onPrevious && (
          <button type="button" className="btn" onClick={() => onPrevious(previousCursor)}>
            {words.previous}
          </button>
        )}
        {nextCursor !== null && (
          <button type="button" className="btn" onClick={() => onNext(nextCursor)}>
            {words.next}
          </button>
        )}
      </span>
    </nav>
  );
}
