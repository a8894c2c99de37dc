// Loaded into each process of `npm start`: collects once what the start left. V8 does it when it needs room, which in a process that idles is never.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Everything is loaded by then, and the start is over for whoever waited for it. */
const startedMs = 10_000;

setTimeout(() => {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}, startedMs).unref();
