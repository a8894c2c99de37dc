import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const alias = { "@": fileURLToPath(new URL(".", import.meta.url)) };
const exclude = ["**/node_modules/**", "**/.local/**", "**/cdk.out/**", "**/.next/**"];
// "import" must not be among them: Node would get it as --conditions and require() would load ES modules.
const serverConditions = ["react-server", "node"];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // Server modules import "server-only", which is empty only under this condition.
        resolve: { alias, conditions: serverConditions },
        ssr: { resolve: { conditions: serverConditions } },
        test: {
          name: "node",
          include: ["{server,app,infra,bench}/**/*.test.ts", "lib/**/*.test.ts", "*.test.ts"],
          exclude,
          pool: "forks",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "browser",
          include: ["{components,lib}/**/*.test.tsx", "components/**/*.test.ts"],
          exclude,
          environment: "happy-dom",
        },
      },
    ],
  },
});
