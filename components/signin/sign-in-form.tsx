"use client";

import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/notice";
import { signInAs, signInWithCompany } from "@/lib/queries/sign-in";
import type { Role, User } from "@/lib/schemas/user";

const may: Record<Role, string> = {
  viewer: "reads everything",
  analyst: "reads, and may ask for a refresh",
  operator: "starts, reruns and stops runs",
  admin: "all of it, and the rules",
};

const reasons: Record<string, string> = {
  AccessDenied: "You are known, but no group of yours has a role in Penstock. Ask an admin for one.",
  OAuthCallback: "The sign-on service refused the sign-in. Try again; if it stays, ask who runs it.",
  Configuration: "Sign-in is not set up correctly. Ask an admin to check the auth section of penstock.yaml.",
};

type SignInProps = { people: User[] | null; hasCompany: boolean; callbackUrl: string; error: string | null };

/** The ways in that exist here: the company's sign-on, the four people of the demo. */
export function SignIn({ people, hasCompany, callbackUrl, error }: SignInProps) {
  const [busy, setBusy] = useState<string | null>(null);
  const [failure, setFailure] = useState(error ? (reasons[error] ?? "The sign-in did not work. Try again.") : null);

  const enter = async (who: string, sign: () => Promise<void>) => {
    if (busy) return;
    setBusy(who);
    setFailure(null);
    try {
      await sign();
    } catch (problem) {
      setBusy(null);
      setFailure(
        problem instanceof Error
          ? `${problem.message} Sign-in stays closed while the ledger is away; try again in a moment.`
          : "The sign-in did not work.",
      );
    }
  };

  return (
    <div className="my-auto grid w-full max-w-[380px] gap-3.5 py-10">
      <h1 className="mb-0.5 text-[1.5rem]/[1.8125rem] font-answer tracking-[-.022em] text-balance desk:text-answer">
        See what flowed, and what is held back.
      </h1>
      <p className="mb-2 text-ink-2">
        {people
          ? "This is the demo on this machine. Choose whose eyes to use."
          : "Sign in with the account you already have. No AWS identity needed."}
      </p>
      {failure && (
        <Notice tone="fail" glyph="fail" className="mb-0">
          {failure}
        </Notice>
      )}
      {hasCompany && (
        <button
          type="button"
          className="btn first tall"
          aria-disabled={busy !== null || undefined}
          onClick={() => void enter("company", () => signInWithCompany(callbackUrl))}
        >
          Continue with company sign-on
        </button>
      )}
      {people && (
        <ul className="grid gap-2">
          {people.map((person) => (
            <li key={person.id}>
              <button
                type="button"
                aria-disabled={busy !== null || undefined}
                onClick={() => void enter(person.id, () => signInAs(person.id, callbackUrl))}
                className="flex w-full items-center gap-3 rounded-control px-3.5 py-2.5 text-left inset-ring inset-ring-line-strong transition-colors hover:bg-hover aria-disabled:text-ink-3"
              >
                <span className="min-w-0 flex-1">
                  <span className="block font-strong">Continue as {person.name}</span>
                  <span className="block text-small text-ink-2">
                    {person.role}: {may[person.role]}
                  </span>
                </span>
                <Glyph name={busy === person.id ? "run" : "right"} size={14} className="text-ink-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {!people && !hasCompany && (
        <Notice tone="fail" glyph="block" className="mb-0">
          <b>There is no way to sign in yet.</b> Name your sign-on service under <code>auth</code> in penstock.yaml.
        </Notice>
      )}
      <p className="text-small text-ink-3">Every action is recorded with who and why.</p>
    </div>
  );
}
