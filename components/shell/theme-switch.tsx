"use client";

import { useSyncExternalStore } from "react";
import { Glyph } from "@/components/ui/glyph";
import { chooseTheme, currentTheme, isDarkNow, subscribeTheme, type Theme } from "./theme";

export function ThemeButton() {
  return (
    <button type="button" className="icon" aria-label="Change theme" onClick={() => chooseTheme(isDarkNow() ? "light" : "dark")}>
      <Glyph name="theme" size={16} />
    </button>
  );
}

const themes: { theme: Theme; word: string }[] = [
  { theme: "system", word: "System" },
  { theme: "light", word: "Light" },
  { theme: "dark", word: "Dark" },
];

export function ThemeChoice() {
  const current = useSyncExternalStore(subscribeTheme, currentTheme, () => "system" as const);
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 text-micro text-ink-3">Theme</legend>
      <div className="seg small grid! grid-cols-3">
        {themes.map(({ theme, word }) => (
          <button key={theme} type="button" aria-pressed={theme === current} className="justify-center" onClick={() => chooseTheme(theme)}>
            {word}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
