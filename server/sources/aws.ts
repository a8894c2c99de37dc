import "server-only";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { type EnvironmentConfig, env } from "@/server/env";

export type Access = "read" | "operate";

const shared = globalThis as typeof globalThis & { penstockClients?: Map<string, unknown> };

/** The settings of every AWS client. Retries are ours (`call`), so that a deadline is a deadline. */
export function clientSettings(environment: EnvironmentConfig, access: Access) {
  const roleArn = (access === "operate" ? environment.operatorRoleArn : undefined) ?? environment.roleArn;
  const credentials = roleArn
    ? fromTemporaryCredentials({
        params: {
          RoleArn: roleArn,
          RoleSessionName: "penstock",
          ...(environment.externalId ? { ExternalId: environment.externalId } : {}),
        },
        clientConfig: { region: environment.region },
      })
    : fromNodeProviderChain();
  const endpoint = env().awsEndpointUrl;
  return { region: environment.region, credentials, maxAttempts: 1, ...(endpoint ? { endpoint } : {}) };
}

/** One client of each kind per environment and access, for the life of the process. */
export function clientFor<T>(kind: string, environment: EnvironmentConfig, access: Access, make: () => T): T {
  shared.penstockClients ??= new Map();
  const key = JSON.stringify([kind, environment.name, environment.region, access, env().awsEndpointUrl]);
  let client = shared.penstockClients.get(key) as T | undefined;
  if (client === undefined) {
    client = make();
    shared.penstockClients.set(key, client);
  }
  return client;
}
