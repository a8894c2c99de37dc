"use client";

import { AsOf } from "@/components/ui/as-of";
import { Panel } from "@/components/ui/panel";
import { useNow } from "@/lib/format/now";
import { phasesOf } from "@/lib/format/phases";
import { sentences } from "@/lib/format/sentence";
import { attemptSaid } from "@/lib/format/states";
import { isPending } from "@/lib/format/task-timeline";
import { attemptQueries } from "@/lib/queries/attempts";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { Attempt, AttemptDetail } from "@/lib/schemas/attempt";
import { AttemptDefinition } from "./attempt-definition";
import { AttemptFacts, AttemptNames, sizeWords, type Unread } from "./attempt-facts";
import { AttemptTime } from "./attempt-time";
import { ContainerUse, SparkUse } from "./attempt-use";

/** What is known of how it ran; the rest of it is read when the attempt is chosen, and says so while or when it cannot be. */
export function AttemptDetails({ attempt }: { attempt: Attempt }) {
  const query = useLive(attemptQueries.detail(attempt.id), (detail) => isPending(detail.attempt));
  const broken = brokenBy(query);
  const now = useNow(isPending(attempt) ? 1_000 : 60_000);
  const { data } = query;
  const { ecsTask, glueRun } = attempt;
  const container = data?.container;
  const unread: Unread = { unread: broken && sentences(broken.detail, broken.remedy) };
  const read = <T,>(of: (detail: AttemptDetail) => T): T | Unread => (data ? of(data) : unread);
  const end = data && broken && <AsOf at={data.asOf} isOld />;
  return (
    <>
      <Panel title="How it ran" note={sizeWords(attempt)}>
        <AttemptFacts attempt={attempt} containers={container?.containers ?? []} />
      </Panel>
      <Panel title="Time">
        <AttemptTime phases={phasesOf(attempt, now)} tone={attemptSaid[attempt.state].tone} />
      </Panel>
      {ecsTask && (
        <>
          <Panel title="Size and use" end={end}>
            <ContainerUse task={ecsTask} usage={read((detail) => detail.container?.usage ?? null)} />
          </Panel>
          <Panel title="What it ran" end={end}>
            <AttemptDefinition task={ecsTask} comparison={read((detail) => detail.container?.comparison ?? null)} />
          </Panel>
        </>
      )}
      {glueRun && (
        <Panel title="Spark" end={end}>
          <SparkUse metrics={read((detail) => detail.spark?.metrics ?? null)} />
        </Panel>
      )}
      <Panel title="Names">
        <AttemptNames attempt={attempt} log={{ group: container?.logGroup ?? null, stream: container?.logStream ?? null }} />
      </Panel>
    </>
  );
}
