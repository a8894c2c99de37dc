import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { paths } from "@/lib/paths";
import { runQueries } from "@/lib/queries/runs";
import { viewQueries } from "@/lib/queries/views";
import { askedOf, filterOf } from "@/lib/run-asked";
import type { User } from "@/lib/schemas/user";
import { requireUser } from "@/server/auth";
import { listRuns } from "@/server/runs";
import { getDefaultView, getView, listViews } from "@/server/views";
import { Prefetch, read } from "../../../prefetch";
import { RunsGhost } from "./ghost";
import { RunsScreen } from "./runs-screen";

export const metadata: Metadata = { title: "Runs" };

type Given = Record<string, string | string[] | undefined>;

/** The view that an address means: the one it names, or the reader's own where it asks for nothing. */
async function viewOf(user: User, { view, ...given }: Given) {
  if (typeof view === "string") return read(() => getView(user, view));
  return Object.keys(given).every((name) => name === "environment") ? read(() => getDefaultView(user)) : null;
}

export default async function RunsPage({ searchParams }: { searchParams: Promise<Given> }) {
  const user = await requireUser();
  const given = await searchParams;
  const view = await viewOf(user, given);
  if (view) {
    const query = new URLSearchParams(view.query);
    // Without a word of its own the address would ask for the default view again.
    if ([...query.keys()].every((name) => name === "environment")) query.set("show", "attention");
    if (typeof given.environment === "string") query.set("environment", given.environment);
    redirect(`${paths.runs}?${query}`);
  }
  const filter = filterOf(askedOf(given));
  return (
    <Prefetch
      ghost={<RunsGhost />}
      queries={[
        { queryKey: runQueries.list(filter).queryKey, load: () => listRuns(user, filter) },
        { queryKey: viewQueries.list().queryKey, load: () => listViews(user) },
      ]}
    >
      <RunsScreen />
    </Prefetch>
  );
}
