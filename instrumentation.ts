/** Next calls this once in each web process, before it serves; not while it builds. */
export async function register() {
  const { boot } = await import("./server/boot");
  boot();
}
