"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { memo } from "react";
import { Glyph } from "@/components/ui/glyph";
import { useZoneChoice } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { sourceQueries } from "@/lib/queries/status";
import { viewQueries } from "@/lib/queries/views";
import { useUser } from "@/lib/session";
import { shortcuts } from "@/lib/shortcuts";
import { chooseTheme, isDarkNow } from "./theme";

type Act = { id: string; says: string; words: string; run: () => void; keys?: string[] };
type PaletteCommandsProps = { asked: string; shown: string | undefined; onClose: () => void; onSheet: () => void };

/** Pages, and what needs none: theme, zone, environment, the list of keys. */
export const PaletteCommands = memo(function PaletteCommands({ asked, shown, onClose, onSheet }: PaletteCommandsProps) {
  const router = useRouter();
  const user = useUser();
  const { zone, browserZone, choose } = useZoneChoice();
  const { data } = useQuery(sourceQueries.list());
  const saved = useQuery(viewQueries.list());
  const go = (href: string) => () => {
    onClose();
    router.push(href);
  };
  const did = (effect: () => void) => () => {
    onClose();
    effect();
  };
  const pages: Act[] = [
    ...shortcuts.flatMap(({ id, says, href, shown: keys }) =>
      href === undefined ? [] : [{ id, says, words: `page ${says}`, run: go(listOf(href, shown)), keys }],
    ),
    ...(isAllowed(user.role, "doctor:run")
      ? [{ id: "admin", says: "Admin", words: "page admin doctor sources", run: go(paths.admin) }]
      : []),
  ];
  const views: Act[] = (saved.data?.items ?? []).map(({ id, name, isOwn, owner }) => ({
    id,
    says: isOwn ? name : `${name}, by ${owner}`,
    words: "view runs saved",
    run: go(listOf(paths.view(id), shown)),
  }));
  const other = [...new Set([browserZone, "UTC"].filter((each) => each !== null && each !== zone))] as string[];
  const actions: Act[] = [
    {
      id: "theme",
      says: "Switch between light and dark",
      words: "theme dark light colour",
      run: did(() => chooseTheme(isDarkNow() ? "light" : "dark")),
    },
    ...other.map((each) => ({
      id: `zone ${each}`,
      says: `Times in ${each}`,
      words: `zone time ${each}`,
      run: did(() => choose(each === browserZone ? null : each)),
    })),
    ...(data?.environments ?? [])
      .filter(({ name }) => name !== shown)
      .map(({ name, isSample }) => ({
        id: `environment ${name}`,
        says: `Show ${isSample ? "the sample" : name}`,
        words: `environment switch ${name}`,
        run: go(`${paths.status}?environment=${encodeURIComponent(name)}`),
      })),
    { id: "keys", says: "List of keys", words: "keys shortcuts keyboard help", run: onSheet, keys: ["?"] },
  ];
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = (acts: Act[]) =>
    acts.filter(({ words: own, says }) => words.every((word) => `${own} ${says}`.toLowerCase().includes(word)));
  return (
    <>
      <Group heading="Pages" acts={matching(pages)} />
      {/* Without a word the list is short: of what is kept under a name there may be hundreds. */}
      <Group heading="Views of Runs" acts={matching(views).slice(0, asked === "" ? 5 : 20)} />
      <Group heading="Actions" acts={matching(actions)} />
    </>
  );
});

function Group({ heading, acts }: { heading: string; acts: Act[] }) {
  if (acts.length === 0) return null;
  return (
    <Command.Group heading={heading}>
      {acts.map(({ id, says, run, keys }) => (
        <Command.Item key={id} value={`${heading} ${id}`} onSelect={run}>
          <Glyph name="right" size={12} className="text-ink-3" />
          <span className="min-w-0 flex-1 truncate" title={says}>
            {says}
          </span>
          {keys && (
            <span className="flex gap-1" aria-hidden="true">
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </span>
          )}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
