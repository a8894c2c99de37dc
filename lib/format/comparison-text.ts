import type { RunComparison } from "@/lib/schemas/compare";
import type { Run } from "@/lib/schemas/run";
import { clock, longDay } from "./time";

const words = { yes: "explains the failure", maybe: "may explain the failure", no: "does not explain the failure" };

/** A comparison as a person pastes it into a ticket: the answer, both runs, what differs, what is the same. */
export function comparisonText({ run, with: other, sentence, summary, things }: RunComparison, zone: string, url: string): string {
  const when = ({ startedAt, runId, state }: Run) =>
    `${runId}: ${state}${startedAt ? `, started ${longDay(startedAt, zone)}, ${clock(startedAt, zone)} (${zone})` : ""}`;
  const differing = things
    .filter(({ state }) => state === "differs")
    .map(({ title, of, before, now, difference, explains }) =>
      [
        `- ${[title, of].filter(Boolean).join(", ")}: ${before === null && now === null ? difference : `${before ?? "none"} → ${now ?? "none"}`}`,
        explains && words[explains],
      ]
        .filter(Boolean)
        .join("; "),
    );
  const alike = things.filter(({ state }) => state === "same").map(({ title, now }) => [title, now].filter(Boolean).join(" "));
  return [
    sentence.map(({ text }) => text).join(""),
    summary,
    "",
    `${run.pipeline} (${run.environment})`,
    `this run  ${when(run)}`,
    ...(other ? [`against   ${when(other)}`] : []),
    ...(differing.length > 0 ? ["", "Differs:", ...differing] : []),
    ...(alike.length > 0 ? ["", `The same: ${alike.join(", ")}`] : []),
    "",
    url,
  ].join("\n");
}
