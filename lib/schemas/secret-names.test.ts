import { expect, test } from "vitest";
import { withoutSecrets } from "./secret-names";

test("values of secret names are left out at any depth, and nothing else is", () => {
  const conf = { day: "2026-11-22", db_password: "hunter2", nested: [{ apiKey: "k", rows: 3 }], none: null };
  expect(withoutSecrets(conf)).toEqual({
    day: "2026-11-22",
    db_password: "(not shown)",
    nested: [{ apiKey: "(not shown)", rows: 3 }],
    none: null,
  });
});
