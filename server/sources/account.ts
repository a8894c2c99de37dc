import "server-only";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { EnvironmentConfig } from "@/server/env";
import { clientFor, clientSettings } from "./aws";
import { call } from "./call";

const shared = globalThis as typeof globalThis & { penstockAccounts?: Map<string, string> };

/** The AWS account of an environment: its role's, else that of the process's own credentials. Needs no permission. */
export async function accountOf(environment: EnvironmentConfig): Promise<string> {
  const ofRole = environment.roleArn?.split(":")[4];
  if (ofRole) return ofRole;
  shared.penstockAccounts ??= new Map();
  const known = shared.penstockAccounts.get(environment.name);
  if (known) return known;
  const budget = { environment: environment.name, source: "events", purpose: "identity", perSecond: 1, burst: 2 };
  const client = clientFor("sts", environment, "read", () => new STSClient(clientSettings(environment, "read")));
  const answer = await call(budget, (abortSignal) => client.send(new GetCallerIdentityCommand({}), { abortSignal }), {
    operation: "sts:GetCallerIdentity",
  });
  const account = answer.Account ?? "";
  if (account) shared.penstockAccounts.set(environment.name, account);
  return account;
}
