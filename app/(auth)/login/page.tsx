import type { Metadata } from "next";
import { headers } from "next/headers";
import { ThemeButton } from "@/components/shell/theme-switch";
import { GateDrawing } from "@/components/signin/gate-drawing";
import { SignIn } from "@/components/signin/sign-in-form";
import { Mark } from "@/components/ui/glyph";
import { paths } from "@/lib/paths";
import { signInOptions } from "@/server/auth";

export const metadata: Metadata = { title: "Sign in" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

export default async function LoginPage({ searchParams }: PageProps) {
  const asked = await searchParams;
  const { oidc, demo } = signInOptions((await headers()).get("host"));
  return (
    <div className="grid min-h-dvh grid-cols-1 desk:grid-cols-[minmax(0,520px)_minmax(0,1fr)]">
      <main id="main" className="flex flex-col bg-surface px-5 py-5 desk:py-7 desk:pr-18 desk:pl-14">
        <p className="flex items-center gap-[9px] text-[17px] font-[600] tracking-[-.012em]">
          <Mark size={26} /> Penstock
        </p>
        <SignIn
          people={demo.length > 0 ? demo : null}
          hasCompany={oidc}
          callbackUrl={first(asked.callbackUrl) ?? paths.start}
          error={first(asked.error) ?? null}
        />
        <p className="-ml-1.5">
          <ThemeButton />
        </p>
      </main>
      <GateDrawing />
    </div>
  );
}
