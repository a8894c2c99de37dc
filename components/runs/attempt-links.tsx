"use client";

import { Glyph } from "@/components/ui/glyph";
import { Panel } from "@/components/ui/panel";
import {
  airflowSignInUrl,
  airflowTaskUrl,
  ecsTaskUrl,
  glueRunUrl,
  logStreamsUrl,
  logStreamUrl,
  mwaaEnvironmentUrl,
  taskDefinitionUrl,
} from "@/lib/aws-console";
import type { Attempt, AwsPlace } from "@/lib/schemas/attempt";

type Way = { name: string; href: string };

/** Every page of the AWS console that shows this attempt or a part of it. */
export function waysToAws(attempt: Attempt, { region, mwaaName, webserverUrl, airflowVersion, logs }: AwsPlace): Way[] {
  const { ecsTask, glueRun } = attempt;
  const from = attempt.startedAt ? Date.parse(attempt.startedAt) : undefined;
  return [
    ...(ecsTask
      ? [
          { name: "ECS task", href: ecsTaskUrl(region, ecsTask.cluster, ecsTask.taskArn) },
          { name: "Task definition", href: taskDefinitionUrl(region, ecsTask.taskDefinition) },
        ]
      : []),
    ...(glueRun ? [{ name: "Glue job run", href: glueRunUrl(region, glueRun.jobName, glueRun.jobRunId) }] : []),
    ...logs.map(({ word, group, stream, isPrefix }) => ({
      name: `Log of ${word}`,
      href: isPrefix ? logStreamsUrl(region, group, stream) : logStreamUrl(region, group, stream, from),
    })),
    ...(mwaaName === null
      ? []
      : [
          { name: "MWAA environment", href: mwaaEnvironmentUrl(region, mwaaName) },
          { name: "Airflow, signed in through AWS", href: airflowSignInUrl(region, mwaaName) },
        ]),
    ...(webserverUrl === null ? [] : [{ name: "Task instance in Airflow", href: airflowTaskUrl(webserverUrl, airflowVersion, attempt) }]),
  ];
}

const elsewhere = {
  aws: null,
  platform: "AWS is answered by the local platform here: its console has no such pages. In an account of your own these lead there.",
  nowhere: "Sample data: nothing of it is in AWS. In an environment of your own these lead to the console.",
};

export function AttemptLinks({ attempt, place }: { attempt: Attempt; place: AwsPlace }) {
  const note = elsewhere[place.isAt];
  const ways = waysToAws(attempt, place);
  return (
    <Panel title="In the AWS console" note={place.region}>
      {note && <p className="px-3.5 pb-1.5 text-small text-ink-2 desk:px-4">{note}</p>}
      <ul className="px-3.5 pb-3 text-small desk:px-4">
        {ways.map(({ name, href }) => (
          <li key={`${name} ${href}`}>
            {note ? (
              <span className="flex min-h-6 items-center text-ink-3">{name}</span>
            ) : (
              <a href={href} target="_blank" rel="noreferrer" className="flex min-h-6 items-center gap-1 text-flow max-desk:min-h-10">
                {name}
                <Glyph name="external" size={11} />
                <span className="sr-only">, opens a new tab</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
