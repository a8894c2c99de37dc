const secretName =
  /secret|passw(or)?d|passphrase|token|credential|connection|private|authorization|(api|access|encryption|signing|account)[-_]?key|(^|[-_])(pass|pwd|dsn)($|[-_])/i;

/** Whether a value under this name is better not kept or shown. */
export const isSecretName = (name: string) => secretName.test(name);

/** The same record, at any depth, with the values of such names replaced. */
export function withoutSecrets(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, isSecretName(name) ? "(not shown)" : shown(value)]));
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return value !== null && typeof value === "object" ? withoutSecrets(value as Record<string, unknown>) : value;
}

/** A URL with a password, an AWS key, a private key, a bearer token, `password=…` in a longer text: secret whatever its name. */
const secretValue =
  /:\/\/[^/\s:@]*:[^/\s@]+@|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\b[Bb]earer\s+\S{8}|(?:[Pp]assword|[Pp]wd|[Ss]ecret|[Tt]oken)["']?\s*[=:]\s*["']?[^\s"']/;
const notKept = "(not kept)";

/** The value, unless its name or its own form says secret. */
export const publicValue = (name: string, value: string) => (isSecretName(name) || secretValue.test(value) ? notKept : value);

/** A command's words without what follows a flag such as `--password`. */
export function publicArguments(words: string[]): string[] {
  return words.map((word, index) => {
    const [flag = "", ...rest] = word.split("=");
    if (rest.length > 0) return `${flag}=${publicValue(flag, rest.join("="))}`;
    const before = words[index - 1];
    const isOfSecretFlag = before?.startsWith("-") && !before.includes("=") && !word.startsWith("-") && isSecretName(before);
    return isOfSecretFlag ? notKept : publicValue("", word);
  });
}
