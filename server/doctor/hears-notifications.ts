import "server-only";
import { sql } from "drizzle-orm";
import { ledger } from "@/server/ledger/db";
import { type Listener, listen } from "@/server/ledger/listen";

const patienceMs = 3_000;

/** Whether what one connection of the ledger notifies comes to another that LISTENs: not so through a pooler that shares connections. */
export async function hearsNotifications(): Promise<boolean> {
  const channel = `penstock_doctor_${crypto.randomUUID().replaceAll("-", "")}`;
  let listener: Listener | undefined;
  try {
    return await new Promise<boolean>((settle, fail) => {
      const timer = setTimeout(() => settle(false), patienceMs);
      const hear = () => {
        clearTimeout(timer);
        settle(true);
      };
      listener = listen(channel, hear, (state) => {
        if (state === "open") ledger().execute(sql`select pg_notify(${channel}, '')`).catch(fail);
      });
    });
  } finally {
    await listener?.stop();
  }
}
