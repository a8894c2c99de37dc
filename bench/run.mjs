// npm run bench [-- extraction load calls staleness list ingest start fan-out eta grid pages filters] [options of these] [--strict]: figures beside peers measured in the same run.
import { bootstrap } from "../infra/local/bootstrap.mjs";

await bootstrap();
await import("./run.ts");
