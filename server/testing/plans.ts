import "server-only";
import pg from "pg";
import { vi } from "vitest";

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: Node[];
}

export interface Step {
  /** Such as `Seq Scan run`. */
  name: string;
  index: string | undefined;
  /** What the index is asked for. */
  condition: string;
}

const stepsOf = (node: Node): Step[] => [
  {
    name: [node["Node Type"], node["Relation Name"]].filter(Boolean).join(" "),
    index: node["Index Name"],
    condition: node["Index Cond"] ?? "",
  },
  ...(node.Plans ?? []).flatMap(stepsOf),
];

/** What a transaction set for itself, set for those that are explained. */
const onlySettings = (text: string) =>
  `select ${(text.match(/set_config\('\w+', '\w+', true\)/g) ?? ["1"]).join(", ").replaceAll("true", "false")}`;

/** From the start: a client keeps the method that it found. */
const asked = vi.spyOn(pg.Client.prototype, "query");

/** How PostgreSQL would do again each statement that `work` asked of the ledger, among those that have a plan worth reading. */
export async function explain(url: string, work: () => Promise<unknown>): Promise<Step[][]> {
  asked.mockClear();
  await work();
  const statements = asked.mock.calls.map(([query, values]) => {
    const { text = String(query), values: own } = (typeof query === "object" && query !== null ? query : {}) as {
      text?: string;
      values?: unknown[];
    };
    return { text, values: (values as unknown[] | undefined) ?? own };
  });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { text } of statements.filter((each) => each.text.includes("set_config("))) await client.query(onlySettings(text));
    const plans: Step[][] = [];
    for (const { text, values } of statements.filter((each) => /^[\s(]*(select|with|insert|update)/i.test(each.text))) {
      const { rows } = await client.query(`explain (format json) ${text}`, Array.isArray(values) ? values : []);
      plans.push(stepsOf(rows[0]["QUERY PLAN"][0].Plan));
    }
    return plans;
  } finally {
    await client.end();
  }
}
