import { z } from "zod";

export const ErrorCode = z.enum(["unauthenticated", "forbidden", "not_found", "invalid", "conflict", "throttled", "upstream", "internal"]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** RFC 9457 problem details. `system` names what failed, `remedy` what to do next, `fields` the inputs that were refused. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  system: z.string().optional(),
  remedy: z.string().optional(),
  fields: z.array(z.object({ name: z.string(), message: z.string() })).optional(),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
