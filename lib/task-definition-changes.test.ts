import { expect, it } from "vitest";
import type { ContainerDefinitionFact } from "./schemas/facts";
import { definitionChanges, type RanWith } from "./task-definition-changes";

const container = (changes: Partial<ContainerDefinitionFact> = {}): ContainerDefinitionFact => ({
  name: "extractor",
  image: "extractor:41",
  isEssential: true,
  cpuUnits: null,
  memoryMib: null,
  entryPoint: [],
  command: ["extract", "orders"],
  environment: { BATCH_ROWS: "50000", TOKEN: "(not kept)" },
  secretNames: ["SHOP_PASSWORD"],
  logDriver: "awslogs",
  logOptions: { "awslogs-group": "/penstock/extractor", mode: "non-blocking" },
  ...changes,
});
const ranWith = (changes: Partial<RanWith> = {}, ...containers: ContainerDefinitionFact[]): RanWith => ({
  definition: {
    cpuUnits: 512,
    memoryMib: 1024,
    ephemeralGib: null,
    architecture: "x86_64",
    taskRole: "extractor",
    executionRole: "pull",
    containers: containers.length > 0 ? containers : [container()],
  },
  cpuUnits: 512,
  memoryMib: 1024,
  ephemeralGib: 20,
  imageDigest: null,
  ...changes,
});

it("finds nothing between equal ones", () => {
  expect(definitionChanges(ranWith(), ranWith())).toEqual([]);
});

it("tells image, size, command, variables, secrets' names and logs, each by its name", () => {
  const now = container({
    image: "extractor:42",
    command: ["extract", "orders", "--full"],
    environment: { BATCH_ROWS: "80000", MODE: "fast" },
    secretNames: ["SHOP_LOGIN"],
    logOptions: { "awslogs-group": "/penstock/extractor", mode: "blocking" },
  });
  expect(definitionChanges(ranWith(), ranWith({ memoryMib: 2048 }, now))).toEqual([
    { what: "memory", before: "1024 MiB", now: "2048 MiB" },
    { what: "image", before: "extractor:41", now: "extractor:42" },
    { what: "command", before: "extract orders", now: "extract orders --full" },
    { what: "variable BATCH_ROWS", before: "50000", now: "80000" },
    { what: "variable TOKEN", before: "(not kept)", now: null },
    { what: "secret SHOP_PASSWORD", before: "set", now: null },
    { what: "log option mode", before: "non-blocking", now: "blocking" },
    { what: "variable MODE", before: null, now: "fast" },
    { what: "secret SHOP_LOGIN", before: null, now: "set" },
  ]);
});

it("does not take a size that is not told for another one", () => {
  expect(definitionChanges(ranWith({ ephemeralGib: null }), ranWith())).toEqual([]);
});

it("sees another image under the same tag, and does not take an untold digest for one", () => {
  const [one, two] = ["sha256:aa", "sha256:bb"].map((imageDigest) => ranWith({ imageDigest }));
  expect(definitionChanges(one as RanWith, two as RanWith)).toEqual([{ what: "image digest", before: "sha256:aa", now: "sha256:bb" }]);
  expect(definitionChanges(one as RanWith, ranWith())).toEqual([]);
});

it("names the container where there are several", () => {
  const agent = container({ name: "agent", image: "agent:1", environment: {}, secretNames: [], command: [] });
  const changes = definitionChanges(ranWith(), ranWith({}, container(), agent));
  expect(changes).toContainEqual({ what: "agent: image", before: null, now: "agent:1" });
  expect(changes.some(({ what }) => what.startsWith("extractor: "))).toBe(false);
});
