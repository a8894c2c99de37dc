import "./sweep.mjs";

/** Preloaded into the web server: it must not outlive the process that started it. */
process.on("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), 4_500).unref();
});
