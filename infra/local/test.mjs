// Every suite, on a machine that may have nothing installed yet; the last line counts them all.
import { bootstrap } from "./bootstrap.mjs";

await bootstrap();
await import("./suites/main.ts");
