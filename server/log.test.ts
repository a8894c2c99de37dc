import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { AppError } from "./errors";
import { toldError } from "./log";

const refused = Object.assign(new Error("invalid byte sequence"), { code: "22021", table: "run" });
const failed = new DrizzleQueryError("insert into run values ($1)", ["hunter2"], refused);

test("a failed statement is logged with its code, and without the values that it carried", () => {
  const told = toldError(failed);
  expect(told).toMatchObject({ code: "22021", table: "run", query: "insert into run values ($1)" });
  expect(JSON.stringify(told)).not.toContain("hunter2");
});

test("so is one that another error wraps", () => {
  const wrapped = new AppError("upstream", "the ledger refused a page", { system: "ledger", remedy: "Look at its log.", cause: failed });
  expect(toldError(wrapped)).toMatchObject({ code: "22021", message: "the ledger refused a page" });
  expect(JSON.stringify(toldError(wrapped))).not.toContain("hunter2");
});

test("any other error is logged with its stack", () => {
  expect(toldError(new Error("no way"))).toMatchObject({ message: "no way", stack: expect.stringContaining("log.test") });
});
