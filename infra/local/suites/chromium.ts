import { existsSync } from "node:fs";
import { canInstall, installDebian } from "../prerequisites";
import { Fix } from "../steps";

const places = [
  process.env.PENSTOCK_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium for the end-to-end tests; playwright.config.ts looks in the same places. */
export async function requireChromium(): Promise<void> {
  const found = () => places.some((place) => place !== undefined && existsSync(place));
  if (found()) return;
  if (process.platform === "darwin") throw new Fix("Chrome is not installed", "brew install --cask google-chrome");
  if (!canInstall()) throw new Fix("Chromium is not installed", "sudo apt-get update && sudo apt-get install -y chromium fonts-liberation");
  await installDebian(["chromium", "fonts-liberation"]);
  if (!found()) throw new Fix("Chromium was installed but is in none of the known places", "Set PENSTOCK_CHROMIUM to its path.");
}
