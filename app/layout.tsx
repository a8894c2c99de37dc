import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { code, text } from "./fonts";
import "./globals.css";

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
  return (
    <html lang="en" className={cn(text.variable, code.variable)} data-theme={theme === "light" || theme === "dark" ? theme : undefined}>
      <body>{children}</body>
    </html>
  );
}
