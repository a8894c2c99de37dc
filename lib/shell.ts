/** Text that a POSIX shell takes for one word and for nothing else. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One command on one line; an option stands with its value, which may begin with a dash. */
export function shellCommand(program: string[], options: [name: string, value: string | null][]): string {
  const words = options.map(([name, value]) => {
    if (value === null) return name;
    return value.startsWith("-") ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`;
  });
  return [...program.map(shellWord), ...words].join(" ");
}
