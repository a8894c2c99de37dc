import Link from "next/link";
import { count } from "@/lib/format/count";

/** The address of one line: who opens it sees that line. */
export function LineLink({ href, number, className }: { href: string; number: number; className: string }) {
  return (
    <Link className={className} href={href} replace scroll={false} prefetch={false} aria-label={`Link to line ${number}`}>
      {count(number)}
    </Link>
  );
}
