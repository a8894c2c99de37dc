/** Rounds exact decimal text half up to `places` without going through a float. */
export function roundDecimal(text: string, places: number): string {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const kept = fraction.slice(0, places).padEnd(places, "0");
  const up = Number(fraction[places] ?? "0") >= 5 ? 1n : 0n;
  const digits = (BigInt(whole + kept) + up).toString().padStart(places + 1, "0");
  const split = digits.length - places;
  const value = places === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return negative && /[1-9]/.test(value) ? `-${value}` : value;
}

const grouped = (text: string) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function dollars(text: string, places: number): string {
  const [whole = "0", fraction] = roundDecimal(text, places).split(".");
  return `$${grouped(whole)}${fraction ? `.${fraction}` : ""}`;
}

/** Dollars to read in a list: `$1,284.17`, `$0.29`, `$0.0204` when cents would say too little. Null is a price that nobody knows. */
export function usd(text: string | null): string {
  if (text === null) return "price unknown";
  if (!/[1-9]/.test(text)) return "$0.00";
  if (text.startsWith("-")) return `−${usd(text.slice(1))}`;
  if (/^0*\.?0*$/.test(roundDecimal(text, 4))) return "< $0.0001";
  const isSmall = /^0?\.0/.test(text);
  return dollars(text, isSmall ? 4 : 2);
}

/** Dollars to check a sum with: as many places as it takes, at least four. */
export function usdExact(text: string | null): string {
  if (text === null) return "price unknown";
  if (!/[1-9]/.test(text)) return "$0.00";
  const places = text.startsWith("0.000") ? 6 : 4;
  return dollars(text, places);
}
