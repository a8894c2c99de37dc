const two = (text: string) => text.padStart(2, "0");
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const presets: Record<string, string> = {
  "@hourly": "hourly",
  "@monthly": "monthly",
  "@yearly": "yearly",
  "@once": "once",
  "@continuous": "without a pause",
};

const expressions: Record<string, string> = { "@daily": "0 0 * * *", "@weekly": "0 0 * * 0" };

/** `Berlin time`; a zone without a place is said as it is. */
const zoneWords = (zone: string) => (zone.includes("/") ? `${zone.split("/").at(-1)?.replaceAll("_", " ")} time` : zone);

/**
 * A cron expression in words where words are exact; null where only the expression itself is. `zone`: in which Airflow reads its DAG's expression; null
 * where Airflow has not told.
 */
export function scheduleWords(schedule: string, zone: string | null): string | null {
  if (presets[schedule]) return presets[schedule];
  const [minute = "", hour = "", date, month, weekday, ...more] = (expressions[schedule] ?? schedule).trim().split(/\s+/);
  if (more.length > 0 || date !== "*" || month !== "*" || weekday === undefined) return null;
  const every = /^\*\/(\d+)$/.exec(minute);
  if (every && hour === "*" && weekday === "*") return `every ${every[1]} min`;
  if (!/^\d{1,2}$/.test(minute)) return null;
  if (hour === "*" && weekday === "*") return `hourly at :${two(minute)}`;
  if (!/^\d{1,2}$/.test(hour)) return null;
  const at = [`${two(hour)}:${two(minute)}`, ...(zone === null ? [] : [zoneWords(zone)])].join(" ");
  if (weekday === "*") return `daily at ${at}`;
  if (weekday === "1-5") return `working days at ${at}`;
  const named = /^[0-6]$/.test(weekday) ? days[Number(weekday)] : undefined;
  return named ? `${named}s at ${at}` : null;
}
