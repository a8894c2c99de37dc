import { describe, expect, test } from "vitest";
import { roundDecimal, usd, usdExact } from "./money";

describe("dollars", () => {
  test.each([
    [null, "price unknown"],
    ["0", "$0.00"],
    ["1284.17", "$1,284.17"],
    ["1234567.895", "$1,234,567.90"],
    ["0.2914", "$0.29"],
    ["0.0204", "$0.0204"],
    ["0.000206", "$0.0002"],
    ["0.00001", "< $0.0001"],
    ["-0.5", "−$0.50"],
  ])("%s reads %s in a list", (text, expected) => expect(usd(text)).toBe(expected));

  test("a sum to check shows the places that matter", () => {
    expect(usdExact("0.000206")).toBe("$0.000206");
    expect(usdExact("12.3")).toBe("$12.3000");
    expect(usdExact(null)).toBe("price unknown");
  });

  test("rounding is exact where a float is not", () => {
    expect(roundDecimal("1.005", 2)).toBe("1.01");
    expect(roundDecimal("99.995", 2)).toBe("100.00");
    expect(roundDecimal("-0.001", 2)).toBe("0.00");
  });
});
