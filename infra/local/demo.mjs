// The one command of a fresh machine: installs what is missing, then hands over to main.ts in this process.
import { bootstrap, root } from "./bootstrap.mjs";

await bootstrap();
const { main } = await import("./main.ts");
process.exit(await main(root, process.argv.slice(2)));
