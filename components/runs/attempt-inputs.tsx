"use client";

import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "@/components/ui/copy-button";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { count } from "@/lib/format/count";
import { isPending } from "@/lib/format/task-timeline";
import { attemptQueries } from "@/lib/queries/attempts";
import { brokenBy } from "@/lib/queries/live";
import type { Attempt } from "@/lib/schemas/attempt";

const openMs = 10_000;

type Value = { name: string; value: string; isCut: boolean };

/** Rendered fields and XComs of one try, asked for when they are looked at. */
export function AttemptInputsShown({ attempt }: { attempt: Attempt }) {
  const query = useQuery({ ...attemptQueries.inputs(attempt.id), refetchInterval: isPending(attempt) ? openMs : false });
  const broken = brokenBy(query);
  if (!query.data) {
    if (broken) return <Unreadable what="What it was given" problem={broken} />;
    return <Ghosts rows={6} label="Asking Airflow what it was given" />;
  }
  const { rendered, xcom, reason } = query.data;
  return (
    <>
      {reason && <p className="px-3.5 pb-2 text-small text-ink-2 [overflow-wrap:anywhere] desk:px-4">{reason}</p>}
      <Values title="Given" none="It has no rendered fields." values={rendered} />
      <Values
        title="Handed on (XCom)"
        none="It handed nothing on."
        values={xcom?.map(({ key, ...rest }) => ({ name: key, ...rest })) ?? null}
      />
    </>
  );
}

function Values({ title, none, values }: { title: string; none: string; values: Value[] | null }) {
  return (
    <section className="border-t border-line px-3.5 pt-2.5 pb-3.5 desk:px-4">
      <h3 className="mb-1.5 text-small font-strong">{title}</h3>
      {values === null ? (
        <p className="text-ink-3">Not known.</p>
      ) : values.length === 0 ? (
        <p className="text-ink-3">{none}</p>
      ) : (
        <dl className="grid gap-2.5">
          {values.map((each) => (
            <OneValue key={each.name} {...each} />
          ))}
        </dl>
      )}
    </section>
  );
}

const longLength = 200;

function OneValue({ name, value, isCut }: Value) {
  const isLong = value.length > longLength || value.includes("\n");
  const text = <pre className="max-h-[320px] overflow-auto font-mono text-small whitespace-pre-wrap [overflow-wrap:anywhere]">{value}</pre>;
  return (
    <div className="min-w-0">
      <dt className="flex flex-wrap items-center gap-2 text-small text-ink-2">
        <code>{name}</code>
        {isCut && <span className="text-late-ink">cut after {count(value.length)} characters</span>}
        <span className="ml-auto">
          <CopyButton isSmall label={`Copy ${name}`} text={value} />
        </span>
      </dt>
      <dd>
        {isLong ? (
          <details>
            <summary className="min-h-6 text-small text-flow">
              {count(value.length)} characters
              <span className="sr-only"> of {name}</span>
            </summary>
            {text}
          </details>
        ) : (
          text
        )}
      </dd>
    </div>
  );
}
