/** Well-formed JSON of the same shape whose values are of other types: a number where text belongs, text where a number does. */
export function wrongTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wrongTypes);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wrongTypes(each)]));
  if (typeof value === "string") return 12_345;
  if (typeof value === "number") return "twelve";
  if (typeof value === "boolean") return "perhaps";
  return value;
}

const tokenNames: Record<string, string> = {
  ListTasks: "nextToken",
  DescribeLogStreams: "nextToken",
  DescribeLogGroups: "nextToken",
  ListJobs: "NextToken",
  GetJobRuns: "NextToken",
  ListEnvironments: "NextToken",
  GetMetricData: "NextToken",
  ListMetrics: "NextToken",
};
const forever = 1_000_000;

/** Pagination that never ends: always the same token, or for Airflow's offsets always more rows to come. */
export function repeatedToken(operation: string, answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  if (operation === "GetLogEvents") return { ...answer, nextForwardToken: "f/repeated", nextBackwardToken: "b/repeated" };
  if (operation !== "InvokeRestApi") return operation in tokenNames ? { ...answer, [tokenNames[operation] as string]: "repeated" } : answer;
  const said = (answer as { RestApiResponse?: unknown }).RestApiResponse;
  const isPage = typeof said === "object" && said !== null && "total_entries" in said;
  return isPage
    ? { ...answer, RestApiResponse: { ...said, total_entries: forever, ...("next_cursor" in said ? { next_cursor: "repeated" } : {}) } }
    : answer;
}

/** The request of a later page, asked as if it were the first: the service ignores where to read on. */
export function withoutPlace(operation: string, body: string): string {
  if (!body.startsWith("{")) return body;
  const asked = JSON.parse(body) as Record<string, unknown>;
  if (operation === "InvokeRestApi") {
    const query = asked.QueryParameters as Record<string, unknown> | undefined;
    if (!query) return body;
    const { cursor: _cursor, offset: _offset, ...rest } = query;
    return JSON.stringify({ ...asked, QueryParameters: rest });
  }
  const { nextToken: _next, NextToken: _Next, ...rest } = asked;
  return JSON.stringify(rest);
}
