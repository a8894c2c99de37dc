import { appendFileSync } from "node:fs";

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What was measured beside it in the same run. `times` says how the two compare. */
  peer?: { name: string; value: number; unit?: string };
  target?: { text: string; isMet: boolean };
}

const digits = (value: number) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 1 ? 3 : 1));

/** Lines of a benchmark that had a target, for whoever runs several and sums up. */
const targetsFile = process.env.BENCH_TARGETS;

/** One line: the figure, its peer, the ratio of the two, the target. */
export function print({ what, value, unit, peer, target }: Figure): void {
  const parts = [`${what}: ${digits(value)} ${unit}`.trim()];
  if (peer) {
    const [less, more] = [Math.min(peer.value, value), Math.max(peer.value, value)];
    parts.push(`${peer.name}: ${digits(peer.value)} ${peer.unit ?? unit}`.trim(), ...(less > 0 ? [`ratio ${digits(more / less)}×`] : []));
  }
  if (target) parts.push(`target ${target.text} ${target.isMet ? "✓" : "✗"}`);
  process.stdout.write(`  ${parts.join(" · ")}\n`);
  if (target && targetsFile)
    appendFileSync(targetsFile, `${target.isMet ? "✓" : "✗"} ${what}: ${digits(value)} ${unit} (${target.text})\n`);
}

export const atMost = (value: number, limit: number, unit = "") => ({ text: `≤ ${limit} ${unit}`.trim(), isMet: value <= limit });
export const atLeast = (value: number, limit: number, unit = "") => ({
  text: `≥ ${limit.toLocaleString("en")} ${unit}`.trim(),
  isMet: value >= limit,
});

/** The value below which that share of them lies. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

/** `--name value` of the command line, or `--name` alone as "". */
export function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const value = process.argv[at + 1];
  return value === undefined || value.startsWith("--") ? "" : value;
}

export const numberOption = (name: string, otherwise: number): number => Number(option(name) || otherwise);
