import { expect, test } from "vitest";
import { isSecretName, publicValue, withoutSecrets } from "./secret-names";

test("values of secret names are left out at any depth, and nothing else is", () => {
  const conf = { day: "2026-11-22", db_password: "hunter2", nested: [{ apiKey: "k", rows: 3 }], none: null };
  expect(withoutSecrets(conf)).toEqual({
    day: "2026-11-22",
    db_password: "(not shown)",
    nested: [{ apiKey: "(not shown)", rows: 3 }],
    none: null,
  });
});

test.each(["--api-key", "DB_PASS", "SNOWFLAKE_PWD", "DATABASE_DSN", "ENCRYPTION_KEY", "SSH_PASSPHRASE", "AWS_ACCESS_KEY_ID"])(
  "%s is a secret's name",
  (name) => {
    expect(isSecretName(name)).toBe(true);
  },
);

test.each(["RUN_KEY", "KEY_COLUMNS", "passengers", "ATTEMPT", "PENSTOCK_JOIN_KEY"])("%s is none", (name) => {
  expect(isSecretName(name)).toBe(false);
});

test("a value that holds a secret is not kept, whatever its name", () => {
  for (const value of ["postgresql://a:b@host/db", "Authorization: Bearer abcdefghijk", '{"password": "x"}', "Server=h;Password=x;"])
    expect(publicValue("VALUE", value)).toBe("(not kept)");
  expect(publicValue("VALUE", "s3://bucket/raw/shop?token_bucket")).toBe("s3://bucket/raw/shop?token_bucket");
});
