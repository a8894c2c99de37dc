import "server-only";
import { flushDenials } from "./audit";
import { signInOptions } from "./auth";
import { flushCalls } from "./calls";
import { env, shareAuthVariables } from "./env";
import { AppError, findAppError } from "./errors";
import { staleIntents } from "./intents";
import { log } from "./log";
import { closeStreams } from "./stream";

const settleEveryMs = 3_000;

/** Runs once in each web process before it serves. What is misconfigured ends the process here: it never serves half-configured. */
export function boot(): void {
  try {
    checkSignIn();
  } catch (error) {
    const known = findAppError(error);
    process.stderr.write(
      `${known ? known.message : error instanceof Error ? error.stack : String(error)}\n${known?.remedy ? `${known.remedy}\n` : ""}`,
    );
    process.exit(1);
  }
  log.level = env().logLevel;
  keepSettling();
  // next start ends by itself on SIGTERM once its connections are gone: streams would hold it for ever.
  process.once("SIGTERM", () => void closeStreams());
  process.once("SIGINT", () => void closeStreams());
}

function checkSignIn(): void {
  shareAuthVariables();
  const { oidc, demo } = signInOptions("localhost");
  if (!oidc && demo.length === 0) throw new AppError("invalid", "auth: nobody could sign in", { system: "configuration" });
}

/** What a process that died left open is settled here, at once and then every few seconds; a ledger that is away is waited for. */
function keepSettling(): void {
  const turn = async () => {
    try {
      const settled = await settleWhatIsOpen();
      if (settled > 0) log.info({ settled }, "settled what was left open");
      await flushDenials();
      await flushCalls();
    } catch (error) {
      if (findAppError(error)?.system !== "ledger") log.error({ err: error }, "settling failed");
    }
    setTimeout(turn, settleEveryMs).unref();
  };
  void turn();
}

/** Airflow's clients take room and time to load: only when something is open. */
async function settleWhatIsOpen(): Promise<number> {
  const open = await staleIntents(env().environments.map(({ name }) => name));
  if (open.length === 0) return 0;
  const { settleIntents } = await import("./actions");
  return settleIntents();
}
