import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { GlueJobs } from "./glue-jobs";

vi.mock("@/server/sources/glue", async (original) => ({
  ...(await original<typeof import("@/server/sources/glue")>()),
  listJobs: async (environment: { glue: string[] }) => environment.glue,
}));

const jobsOf = async (count: number) => {
  const glue = Array.from({ length: count }, (_, index) => `job${index}`);
  const jobs = new GlueJobs({ name: "prod", region: "eu-west-1", mwaa: "prod", ecs: [], glue });
  await jobs.refresh();
  return jobs;
};

/** Looks until each of these jobs was read. */
function looksUntilAll(jobs: GlueJobs, wanted: string[], busy: Set<string>, periodMs: number): number {
  const left = new Set(wanted);
  for (let looks = 1; ; looks++) {
    for (const job of jobs.next(busy, periodMs)) left.delete(job);
    if (left.size === 0) return looks;
  }
}

it.each([
  [4, 20_000, 1],
  [30, 20_000, 3],
  [300, 20_000, 10],
  [300, 2_000, 75],
])("of %i idle jobs each is read within looks of %i ms: %i", async (count, periodMs, looks) => {
  const jobs = await jobsOf(count);
  expect(looksUntilAll(jobs, jobs.names, new Set(), periodMs)).toBe(looks);
});

it("keeps to its budget, reads jobs with open runs at each look while there are few, and lets no job wait for ever", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom(2_000, 20_000),
      async (count, open, periodMs) => {
        const jobs = await jobsOf(count);
        const busy = new Set(jobs.names.slice(0, open));
        const most = Math.max(4, (periodMs / 1_000) * 1.5);
        for (let look = 0; look < 20; look++) {
          const next = jobs.next(busy, periodMs);
          expect(next.length).toBeLessThanOrEqual(most);
          expect(new Set(next).size).toBe(next.length);
          if (busy.size <= most / 2) expect(next).toEqual(expect.arrayContaining([...busy]));
        }
        // Half of a look's requests, at least.
        expect(looksUntilAll(jobs, jobs.names, busy, 2_000)).toBeLessThanOrEqual(Math.ceil(count / 2) + 1);
      },
    ),
    { numRuns: 30 },
  );
});
