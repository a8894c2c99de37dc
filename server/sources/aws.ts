import "server-only";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { type EnvironmentConfig, env } from "@/server/env";
import { type AnyClient, guard } from "./aws-guard";
import { noteServerDate } from "./server-clock";

export type Access = "read" | "operate";

type Provider = ReturnType<typeof fromNodeProviderChain>;
type Identity = Awaited<ReturnType<Provider>>;

/** Of the request that assumes a role: it is made while a caller waits, whose own deadline is 8 s. */
const requestMs = 6_000;
const connectMs = 3_000;
/** No request is waited for longer. */
const longestRequestMs = 30_000;
/** As the SDK does: before they expire, so that a request under way does not. */
const renewBeforeMs = 5 * 60_000;
/** Credentials that AWS refuses are read anew so often at most; refused again, they are wrong and not old. */
const renewEveryMs = 60_000;

const shared = globalThis as typeof globalThis & {
  penstockClients?: Map<string, { environment: string; client: AnyClient }>;
  penstockIdentities?: Map<string, { environment: string; identity: Promise<Identity> }>;
  penstockRenewals?: Map<string, number>;
};

const handlerSettings = { connectionTimeout: connectMs, requestTimeout: requestMs, throwOnRequestTimeout: true };

function providerOf(environment: EnvironmentConfig, roleArn: string | undefined, session = "penstock"): Provider {
  if (!roleArn) return fromNodeProviderChain();
  const endpoint = env().awsEndpointUrl;
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: session,
      ...(environment.externalId ? { ExternalId: environment.externalId } : {}),
    },
    clientConfig: { region: environment.region, maxAttempts: 1, requestHandler: handlerSettings, ...(endpoint ? { endpoint } : {}) },
    clientPlugins: [{ applyToStack: (stack) => guard({ middlewareStack: stack, destroy: () => undefined }) }],
  });
}

/** Who one environment's clients are: read once for all of them, and again before it expires. */
function sharedIdentity(environment: EnvironmentConfig, roleArn: string | undefined): Provider {
  const key = JSON.stringify([environment.name, roleArn, environment.externalId, env().awsEndpointUrl]);
  const provider = providerOf(environment, roleArn);
  return async (options) => {
    shared.penstockIdentities ??= new Map();
    const identities = shared.penstockIdentities;
    const known = identities.get(key);
    if (known) {
      const { expiration } = await known.identity;
      if (!expiration || expiration.getTime() - Date.now() > renewBeforeMs) return known.identity;
    }
    // Another may have begun while we looked.
    const newest = identities.get(key);
    if (newest && newest !== known) return newest.identity;
    const entry = { environment: environment.name, identity: provider(options) };
    identities.set(key, entry);
    entry.identity.catch(() => {
      if (identities.get(key) === entry) identities.delete(key);
    });
    return entry.identity;
  };
}

function roleOf(environment: EnvironmentConfig, access: Access): string | undefined {
  return (access === "operate" ? environment.operatorRoleArn : undefined) ?? environment.roleArn;
}

function settingsOf(environment: EnvironmentConfig, credentials: Provider) {
  const endpoint = env().awsEndpointUrl;
  return {
    region: environment.region,
    credentials,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: connectMs },
    ...(endpoint ? { endpoint } : {}),
  };
}

/** The settings of every AWS client. Retries are ours (`call`), so that a deadline is a deadline. */
export const clientSettings = (environment: EnvironmentConfig, access: Access) =>
  settingsOf(environment, sharedIdentity(environment, roleOf(environment, access)));

/** Settings with credentials of their own, which no other client has read before: the role is taken anew. `session` names the caller in CloudTrail. */
export function sessionSettings(environment: EnvironmentConfig, access: Access, session: string) {
  const provider = providerOf(environment, roleOf(environment, access), session);
  let identity: Promise<Identity> | undefined;
  return settingsOf(environment, (options) => {
    identity ??= provider(options);
    return identity;
  });
}

/** One client of each kind per environment and access, until its credentials are renewed; its answers are bounded and checked. */
export function clientFor<T extends AnyClient>(kind: string, environment: EnvironmentConfig, access: Access, make: () => T): T {
  shared.penstockClients ??= new Map();
  const key = JSON.stringify([kind, environment.name, environment.region, access, env().awsEndpointUrl]);
  const known = shared.penstockClients.get(key);
  if (known) return known.client as T;
  const client = make();
  guard(client, (date, sentAt) => noteServerDate(environment.name, kind, date, sentAt));
  shared.penstockClients.set(key, { environment: environment.name, client });
  return client;
}

/**
 * Forgets credentials that AWS has refused as expired, so that the next request reads them anew. However many requests were refused, they are read once.
 * @param askedAt of the refused request, by performance.now()
 * @returns whether to ask again
 */
export function renewCredentials(environment: string, askedAt: number): boolean {
  shared.penstockRenewals ??= new Map();
  const renewedAt = shared.penstockRenewals.get(environment) ?? Number.NEGATIVE_INFINITY;
  if (renewedAt >= askedAt) return true;
  if (performance.now() - renewedAt < renewEveryMs) return false;
  shared.penstockRenewals.set(environment, performance.now());
  const { penstockIdentities: identities, penstockClients: clients } = shared;
  for (const [key, entry] of identities ?? []) if (entry.environment === environment) identities?.delete(key);
  for (const [key, entry] of clients ?? []) {
    if (entry.environment !== environment) continue;
    clients?.delete(key);
    // With its sockets, once no request of it can be under way.
    setTimeout(() => entry.client.destroy(), longestRequestMs).unref();
  }
  return true;
}

/** Closes the sockets of every client: the process is about to stop. */
export function closeClients(): void {
  for (const { client } of shared.penstockClients?.values() ?? []) client.destroy();
  shared.penstockClients = undefined;
}

/** Forgets clients and credentials: for tests. */
export function forgetClients(): void {
  closeClients();
  shared.penstockIdentities = undefined;
  shared.penstockRenewals = undefined;
}
