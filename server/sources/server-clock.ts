import "server-only";

/** A server's time when its answer came, on our steady clock, which nobody sets. */
interface Heard {
  serverMs: number;
  at: number;
}

const shared = globalThis as typeof globalThis & { penstockServerClocks?: Map<string, Heard> };
const keyOf = (environment: string, service: string) => `${environment}/${service}`;

/**
 * Notes the time that an answer says it was made at.
 * @param date the header, in whole seconds
 * @param sentAt when the request was sent, by performance.now()
 */
export function noteServerDate(environment: string, service: string, date: string | undefined, sentAt: number): void {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  shared.penstockServerClocks ??= new Map();
  const at = (sentAt + performance.now()) / 2;
  shared.penstockServerClocks.set(keyOf(environment, service), { serverMs: told + 500, at });
}

/** What time it is at a service, by its newest answer; null before the first. Right to a few seconds, whatever our own clock says. */
export function serverNow(environment: string, service: string): Date | null {
  const heard = shared.penstockServerClocks?.get(keyOf(environment, service));
  return heard ? new Date(heard.serverMs + performance.now() - heard.at) : null;
}
