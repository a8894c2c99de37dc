// npm run soak [-- trial… [options]]: long trials of faults, kills and load, outside `npm test`. PENSTOCK_STATE names a platform that runs already.
import { bootstrap } from "../infra/local/bootstrap.mjs";

await bootstrap();
await import("./run.ts");
