import "server-only";
import Holidays from "date-holidays";

const years = new Map<string, Set<string>>();

/** Whether a date (`YYYY-MM-DD`) is a public holiday of a calendar: a country (`ES`) or a region of it (`ES-MD`). */
export function isHoliday(calendar: string, date: string): boolean {
  const key = `${calendar} ${date.slice(0, 4)}`;
  let days = years.get(key);
  if (!days) {
    const [country = calendar, state] = calendar.split("-");
    const known = state === undefined ? new Holidays(country) : new Holidays(country, state);
    const found = known.getHolidays(Number(date.slice(0, 4))) ?? [];
    days = new Set(found.filter((holiday) => holiday.type === "public").map((holiday) => holiday.date.slice(0, 10)));
    years.set(key, days);
  }
  return days.has(date);
}
