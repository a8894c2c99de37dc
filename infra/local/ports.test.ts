import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { choosePorts, ownerOf, portNames, requireFree } from "./ports";

describe("ports", () => {
  test("a second platform beside the demo shares no port with it", () => {
    const demo = Object.values(choosePorts({}, {}));
    const second = Object.values(choosePorts({ offset: 10_000 }, {}));
    expect(new Set([...demo, ...second]).size).toBe(2 * portNames.length);
  });

  test("a base gives consecutive ports, and one variable moves one port", () => {
    const ports = choosePorts({ base: 21_000 }, { PENSTOCK_PORT_AIRFLOW_LOGS: "9000" });
    expect(ports).toMatchObject({ dashboard: 21_000, aws: 21_001, airflowLogs: 9000, control: 21_010 });
  });

  test.each(["abc", "0", "70000"])("%s is no port, and the variable is named", (value) => {
    expect(() => choosePorts({}, { PENSTOCK_PORT_AWS: value })).toThrow("PENSTOCK_PORT_AWS");
  });

  test("a taken port is named with the process that holds it", async () => {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      expect(ownerOf(port)).toContain(`process ${process.pid} (`);
      await expect(requireFree({ aws: port })).rejects.toThrow(`port ${port} (aws) is taken by process ${process.pid}`);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    await expect(requireFree({ aws: port })).resolves.toBeUndefined();
  });
});
