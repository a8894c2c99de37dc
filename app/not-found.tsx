import type { Metadata } from "next";
import { Mark } from "@/components/ui/glyph";
import { paths } from "@/lib/paths";

export const metadata: Metadata = { title: "No such page" };

export default function NotFound() {
  return (
    <main className="mx-auto max-w-2xl px-4 pt-16 desk:px-7">
      <a href={paths.status} className="mb-10 flex items-center gap-[9px] text-[15px] font-[600] hover:text-ink hover:no-underline">
        <Mark /> Penstock
      </a>
      <h1 className="text-answer font-answer tracking-[-.022em] text-balance">There is no page here.</h1>
      <p className="mt-1.5 text-ink-2">The address may be cut off or from an older version. These exist:</p>
      <ul className="mt-4 grid gap-2">
        {(
          [
            [paths.status, "Status", "can I use the data?"],
            [paths.tables, "Tables", "what is there, and how new is it?"],
            [paths.runs, "Runs", "what needs me?"],
            [paths.pipelines, "Pipelines", "what runs when?"],
            [paths.activity, "Activity", "who did what, and why?"],
          ] as const
        ).map(([href, name, question]) => (
          <li key={href}>
            <a href={href} className="go">
              {name}
            </a>{" "}
            <span className="text-ink-3">{question}</span>
          </li>
        ))}
      </ul>
    </main>
  );
}
