"use client";

import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
import { attemptCommands } from "@/lib/attempt-commands";
import type { Attempt, AwsPlace } from "@/lib/schemas/attempt";

const notes = {
  aws: "They only read. Yours are the AWS credentials; PENSTOCK_TOKEN is a token of Penstock.",
  platform: "They only read. The local platform answers them in AWS's place; PENSTOCK_TOKEN is a token of Penstock.",
  nowhere: "Sample data: AWS holds nothing of it and will answer that. PENSTOCK_TOKEN is a token of Penstock, whose own answers are real.",
};

/** What is shown, as commands for a shell. */
export function AttemptCommands({ attempt, place }: { attempt: Attempt; place: AwsPlace }) {
  return (
    <Panel id="commands" title="The same by command">
      <p className="px-3.5 pb-1.5 text-small text-ink-2 desk:px-4">{notes[place.isAt]}</p>
      <ul className="grid gap-2 px-3.5 pb-3.5 desk:px-4">
        {attemptCommands(attempt, place).map(({ says, text }) => (
          <li key={text}>
            <span className="flex items-center justify-between gap-2 text-small text-ink-3">
              {says}
              <CopyButton isSmall text={text} label={`Copy: ${says}`} />
            </span>
            <code className="block rounded-control bg-sunken px-2.5 py-1.5 text-small text-ink [overflow-wrap:anywhere]">{text}</code>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
