// `npm run test:airflow -- <version>`: any Airflow, the same pipelines, compared with what is recorded.
import { bootstrap, root } from "./bootstrap.mjs";

await bootstrap();
const { main } = await import("./recorder/main.ts");
process.exit(await main(root, process.argv.slice(2)));
