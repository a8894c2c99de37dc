import type { Check, DoctorReport } from "@/lib/schemas/doctor";

const marks: Record<Check["state"], string> = { ok: "✓", missing: "✗", failed: "✗", not_tried: "·" };
const words: Record<Check["state"], string> = { ok: "", missing: "MISSING", failed: "FAILED", not_tried: "not tried" };

function lines(check: Check): string[] {
  const on = check.resource && check.resource !== "*" ? ` on ${check.resource}` : "";
  const who = check.access === "operate" ? " (operator)" : "";
  const optional = check.isOptional && check.state !== "ok" ? ", optional" : "";
  const tried = check.tried ? ` (${check.tried})` : "";
  const head = `  ${marks[check.state]} ${check.name}${who}${on}${tried}${words[check.state] ? `: ${words[check.state]}${optional}` : ""}`;
  if (check.state === "ok") return [head];
  return [
    head,
    `      for: ${check.reason}`,
    `      pages: ${check.pages.join(", ")}`,
    ...(check.detail ? [`      said: ${check.detail}`] : []),
    ...(check.remedy ? [`      do: ${check.remedy}`] : []),
  ];
}

/** The report as people read it in a terminal: by environment, what is missing last. */
export function reportText({ checks, isHealthy }: DoctorReport): string {
  const environments = [...new Set(checks.map(({ environment }) => environment))];
  const bad = checks.filter(({ state }) => state === "missing" || state === "failed");
  const text = environments.flatMap((environment) => [
    environment === null ? "Penstock" : `environment ${environment}`,
    ...checks.filter((check) => check.environment === environment).flatMap(lines),
    "",
  ]);
  const tally = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  const summary = `${tally("ok")} fine, ${tally("missing")} missing, ${tally("failed")} failed, ${tally("not_tried")} not tried`;
  const verdict = isHealthy
    ? bad.length > 0
      ? "What is needed is there; something optional is not."
      : "Everything that is needed is there."
    : "Something that is needed is missing.";
  return [...text, summary, verdict].join("\n");
}
