import "server-only";
import { type EnvironmentConfig, env, environmentNamed, type SampleConfig } from "./env";
import { AppError } from "./errors";
import { selectSampleAnchor } from "./ledger/read/sources";
import { sampleLog, sampleStreams } from "./sample/logs";
import { World } from "./sample/world";
import * as cloudWatch from "./sources/logs";

/** Where logs are read: CloudWatch of an environment, or the simulation, which writes them when they are asked for. */
export type LogPlace = EnvironmentConfig | SampleConfig;
export type { LogStreamPage } from "./sources/logs";

const shared = globalThis as typeof globalThis & { penstockSampleWorld?: World };

const isSimulated = (place: LogPlace): place is SampleConfig => "kind" in place;

export const logPlaceNamed = (name: string): LogPlace => (name === env().sample?.name ? env().sample : null) ?? environmentNamed(name);

/** @throws AppError while the history has not begun: its first day is not known then */
async function worldOf({ name, seed }: SampleConfig): Promise<World> {
  const anchor = await selectSampleAnchor(name);
  if (anchor === null) throw new AppError("upstream", "The sample's history is still being written", { system: `logs (${name})` });
  const known = shared.penstockSampleWorld;
  if (known?.anchor === anchor && known.seed === seed) return known;
  shared.penstockSampleWorld = new World(seed, anchor);
  return shared.penstockSampleWorld;
}

/** Streams of `group` whose names begin with `prefix`, by name; none when the group is absent. */
export async function findStreams(place: LogPlace, group: string, prefix: string): Promise<{ stream: string; lastEventAt: Date | null }[]> {
  if (!isSimulated(place)) return cloudWatch.findStreams(place, group, prefix);
  return sampleStreams(await worldOf(place), group, prefix, Date.now());
}

/** One page of a stream, oldest first. The token of the simulation is how many events were read. */
export async function readLogStream(
  place: LogPlace,
  group: string,
  stream: string,
  token: string | null,
): Promise<cloudWatch.LogStreamPage> {
  if (!isSimulated(place)) return cloudWatch.readLogStream(place, group, stream, token);
  const events = sampleLog(await worldOf(place), group, stream, Date.now()) ?? [];
  const from = Number(token ?? 0);
  return { events: events.slice(from), token: String(events.length), isEnd: token !== null && from >= events.length };
}
