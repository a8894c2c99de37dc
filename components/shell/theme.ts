export type Theme = "system" | "light" | "dark";

const cookie = "theme";
const listeners = new Set<() => void>();

/** The attribute on the root is the truth; the cookie lets the server render with it, so that no page flashes. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function chooseTheme(theme: Theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
  if (!("cookieStore" in window)) return;
  const expires = Date.now() + 365 * 86_400_000;
  const kept =
    theme === "system"
      ? window.cookieStore.delete(cookie)
      : window.cookieStore.set({ name: cookie, value: theme, expires, path: "/", sameSite: "lax" });
  kept.catch(() => undefined);
}

export function subscribeTheme(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const isDarkNow = () => {
  const theme = currentTheme();
  return theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
};
