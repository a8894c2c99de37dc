import { expect, it } from "vitest";
import { checkParams } from "./trigger-params";

it("checks a schema that names itself at every request", () => {
  const params = () => [{ name: "day", description: null, value: null, schema: { $id: "https://example.com/day", type: "string" } }];
  for (let turn = 0; turn < 3; turn++) {
    expect(() => checkParams(params(), { day: 7 })).toThrow(expect.objectContaining({ code: "invalid" }));
    expect(() => checkParams(params(), { day: "monday" })).not.toThrow();
  }
});
