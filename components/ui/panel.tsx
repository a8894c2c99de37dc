import { type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

type PanelProps = {
  title: ReactNode;
  note?: ReactNode;
  end?: ReactNode;
  id?: string;
  className?: string;
  level?: 2 | 3;
  children: ReactNode;
};

/** A titled region; its title line ends with an as-of. */
export function Panel({ title, note, end, id, className, level = 2, children }: PanelProps) {
  const heading = useId();
  const Heading = `h${level}` as const;
  return (
    <section
      id={id}
      aria-labelledby={heading}
      className={cn("min-w-0 rounded-[8px] bg-surface shadow-panel desk:rounded-panel", className)}
    >
      <div className="mb-1 flex min-h-6 flex-wrap items-center gap-x-2.5 gap-y-1 px-3.5 pt-2.5 desk:px-4">
        <Heading id={heading} className="min-w-0 font-strong [overflow-wrap:anywhere]">
          {title}
        </Heading>
        {note && <span className="text-small text-ink-3">{note}</span>}
        {end && <span className="ml-auto flex min-w-0 max-w-full flex-wrap items-center gap-2.5">{end}</span>}
      </div>
      {children}
    </section>
  );
}
