/** Next calls this once in each web process, before it serves; not while it builds. */
export async function register() {
  // Next also compiles this file for the edge runtime and drops what stands under this very condition.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { boot } = await import("./server/boot");
    boot();
  }
}
