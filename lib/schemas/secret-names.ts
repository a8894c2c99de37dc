const secretName = /secret|password|passwd|token|credential|connection|private|api_?key/i;

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
