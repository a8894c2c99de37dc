import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { isZone } from "@/lib/format/time";
import "./globals.css";
import { Providers } from "./providers";

export const metadata: Metadata = {
  title: { default: "Penstock", template: "%s · Penstock" },
  description: "What flowed, what is held back, and why.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f4f6f5" },
    { media: "(prefers-color-scheme: dark)", color: "#0b1113" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const kept = await cookies();
  const theme = kept.get("theme")?.value;
  const zone = decodeURIComponent(kept.get("zone")?.value ?? "");
  return (
    <html lang="en" data-theme={theme === "light" || theme === "dark" ? theme : undefined}>
      <body>
        <Providers zone={isZone(zone) ? zone : null} now={Date.now()}>
          {children}
        </Providers>
      </body>
    </html>
  );
}
