import "server-only";
import { hash } from "node:crypto";

/** Pairs of ppm and value, ascending in both. */
export type Quantiles = [ppm: number, value: number][];

const ppm = 1_000_000;

/** Chance that belongs to a key: the same seed and key give the same in every process, and in every language. */
export class Random {
  constructor(readonly seed: string) {}

  /** 0 … n − 1, for n up to 2²⁰. */
  draw(key: string, n: number): number {
    return Math.floor((hash("sha256", `${this.seed}|${key}`, "buffer").readUInt32BE(0) * n) / 4_294_967_296);
  }

  /** 64 hexadecimal digits. */
  hex(key: string): string {
    return hash("sha256", `${this.seed}|${key}`, "hex");
  }

  quantile(table: Quantiles, key: string): number {
    const u = this.draw(key, ppm);
    let low = table[0] ?? [0, 0];
    for (const high of table) {
      if (u < high[0]) return low[1] + Math.floor(((u - low[0]) * (high[1] - low[1])) / (high[0] - low[0]));
      low = high;
    }
    return low[1];
  }
}
