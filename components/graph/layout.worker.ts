import { type Direction, layOut } from "./layout";
import type { GraphModel } from "./model";

// A thousand tasks take a second: nobody's page waits for that.
addEventListener("message", ({ data }: MessageEvent<{ model: GraphModel; direction: Direction }>) => {
  postMessage(layOut(data.model, data.direction));
});
