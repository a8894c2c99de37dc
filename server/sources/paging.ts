import "server-only";
import { AppError } from "@/server/errors";
import { type Budget, systemName } from "./call";

/** The token of the next page. A system that gives the same one again would be read for ever. @throws AppError upstream */
export function nextPage(budget: Budget, last: string | undefined, next: string | undefined): string | undefined {
  if (next === undefined || next !== last) return next || undefined;
  const system = systemName(budget.environment, budget.source);
  throw new AppError("upstream", `${system}: its list does not end, the same page token came twice`, {
    system,
    remedy: "Penstock asks again by itself; if it lasts, look at that system.",
  });
}
