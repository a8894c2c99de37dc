// npm run bench [-- extraction|load] [options of that benchmark]: each prints its figures beside peers measured in the same run.
import { bootstrap } from "../infra/local/bootstrap.mjs";

await bootstrap();
await import("./run.ts");
