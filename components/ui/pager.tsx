type PagerProps = {
  isFirst: boolean;
  nextCursor: string | null;
  words: { first: string; next: string };
  onFirst: () => void;
  onNext: (cursor: string) => void;
};

/** Keyset paging: on from here, or back to the start. */
export function Pager({ isFirst, nextCursor, words, onFirst, onNext }: PagerProps) {
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
      {nextCursor !== null && (
        <button type="button" className="btn" onClick={() => onNext(nextCursor)}>
          {words.next}
        </button>
      )}
    </nav>
  );
}
