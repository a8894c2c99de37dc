import fc from "fast-check";
import { expect, test } from "vitest";
import { fromSegment, paths, segment } from "./paths";

test("any id survives the way through an address", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (id) => {
      const { pathname } = new URL(`/runs/local/${segment(id)}`, "http://localhost");
      expect(pathname.split("/")).toHaveLength(4);
      expect(fromSegment(pathname.split("/")[3] ?? "")).toBe(id);
    }),
  );
});

test.each([".", "..", "~", "~..", "a/b", "scheduled__2026-11-22T06:15:00+00:00"])(
  "%s is one segment that browsers do not resolve",
  (id) => {
    const { pathname } = new URL(paths.table("local", id), "http://localhost");
    expect(fromSegment(pathname.split("/").at(-1) ?? "")).toBe(id);
  },
);
