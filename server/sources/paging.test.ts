import { expect, it } from "vitest";
import { PageTrail } from "./paging";

const trail = () => new PageTrail({ environment: "prod", source: "ecs", purpose: "poll", perSecond: 1, burst: 1 });

it("follows tokens to the end", () => {
  const pages = trail();
  expect(["b", "c", undefined].map((token) => pages.next(token))).toEqual(["b", "c", undefined]);
  expect(trail().next("")).toBeUndefined();
});

it("ends a circle, however many pages it has, and a list without an end", () => {
  const circle = trail();
  for (const token of ["b", "c"]) circle.next(token);
  expect(() => circle.next("b")).toThrow("ecs (prod): its list does not end, the same page token came twice");
  const endless = trail();
  expect(() => Array.from({ length: 10_001 }, (_, page) => endless.next(String(page)))).toThrow("more than 10000 pages");
});
