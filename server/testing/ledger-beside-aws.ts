import "server-only";
import { afterAll, beforeAll, vi } from "vitest";
import { log } from "@/server/log";
import { startTestLedger, type TestLedger } from "./postgres";

/** For a file of tests on replayed AWS answers: a ledger of its own, keys of no account, and no log. Its address is known once the tests run. */
export function ledgerBesideAws(): { readonly url: string } {
  let server: TestLedger;
  beforeAll(async () => {
    log.level = "silent";
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    server = await startTestLedger();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.remove();
  });
  return {
    get url() {
      return server.url;
    },
  };
}
