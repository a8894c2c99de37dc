import "server-only";
import { createHash } from "node:crypto";

const namespaceOid = "6ba7b812-9dad-11d1-80b4-00c04fd430c8";

/** RFC 9562, version 5: named by SHA-1 within a namespace. */
function uuid5(namespace: string, name: string): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** `startedBy` of EcsRunTaskOperator with `reattach`: each value's UUID is the namespace of the next. The same for every try. */
export function reattachId(task: { pipeline: string; taskId: string; runId: string; mapIndex: number }): string {
  return [task.pipeline, task.taskId, task.runId, String(task.mapIndex)].reduce(uuid5, namespaceOid);
}
