/** Texts from elsewhere as sentences that can follow one another: each ends with a full stop. */
export function sentences(...texts: (string | null | undefined)[]): string {
  return texts
    .flatMap((text) => (text?.trim() ? [text.trim()] : []))
    .map((text) => (/[.!?…:]$/.test(text) ? text : `${text}.`))
    .join(" ");
}
