// `npm start`: what `npm run build` compiled, else the sources as they are.
import { existsSync } from "node:fs";
import "./sweep.mjs";

const compiled = new URL("../.next/penstock/start/main.mjs", import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  const { register } = await import("tsx/esm/api");
  register();
  await import("./start.ts");
}
