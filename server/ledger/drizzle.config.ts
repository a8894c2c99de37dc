import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --config server/ledger/drizzle.config.ts --name <what changed>` */
export default defineConfig({ dialect: "postgresql", schema: "./server/ledger/schema*.ts", out: "./server/ledger/migrations" });
