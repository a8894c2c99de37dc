"use client";

import { Time } from "@/components/ui/time";
import { Tip } from "@/components/ui/tip";
import { count, percent, plural } from "@/lib/format/count";
import { missingWords, stageWords } from "@/lib/format/eta-words";
import { useNow } from "@/lib/format/now";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import type { Eta, RunEta } from "@/lib/schemas/eta";

/** When a running run ends, and one hover away how that is known and how often it held. */
export function RunEnd({ eta: { eta, missing, trial } }: { eta: RunEta }) {
  const zone = useZone();
  const now = useNow();
  if (!eta) {
    const words = missing && missingWords[missing];
    return (
      <Tip of={<span className="text-ink-2">{words?.short ?? "not known"}</span>} name="Why">
        {words?.long}
        <Held trial={trial} />
      </Tip>
    );
  }
  // What was estimated a moment ago lies no earlier than now.
  const at = (text: string) => moment(Math.max(now, Date.parse(text)), now, zone, isNear(eta));
  return (
    <Tip
      of={
        <span>
          about {at(eta.p50At)}{" "}
          <span className="text-ink-3">
            ({at(eta.p10At)} to {at(eta.p90At)})
          </span>
        </span>
      }
      name="How this is estimated"
    >
      <b className="block">From how its own good runs went on</b>
      <span className="mt-1 block">
        {plural(eta.count, "run")} that {stageWords(eta.stage)} and had not ended so long after it: half of them would end by{" "}
        {at(eta.p50At)}, nine of ten by {at(eta.p90At)}, one of ten before {at(eta.p10At)}. So eight of ten ends lie between the two.
      </span>
      <Held trial={trial} />
    </Tip>
  );
}

const nearMs = 180_000;

/** A band of seconds is told in seconds. */
const isNear = ({ p10At, p90At }: Eta) => Date.parse(p90At) - Date.parse(p10At) < nearMs;

function Held({ trial }: { trial: RunEta["trial"] }) {
  if (!trial) return <span className="mt-1.5 block text-ink-3">How often such estimates hold here has not been measured yet.</span>;
  return (
    <span className="mt-1.5 block text-ink-3">
      Held {percent(Math.round((trial.held / trial.ends) * 100) / 100)} of {count(trial.ends)} ends of {plural(trial.pipelines, "pipeline")}{" "}
      here, measured <Time at={trial.measuredAt} />; it is made to hold 80 %.
    </span>
  );
}
