import { answers, harmless, isConfidentlyWrong, isMissed } from "@/lib/failure-score";
import { atLeast, atMost, print } from "./figures";

/** What the rules say of failures that others met: messages from public trackers and AWS documents, each with its source and the class a reader gave it. */
const all = answers();
const right = all.length - all.filter(isMissed).length;
const sources = new Set(all.map(({ source }) => source)).size;

print({ what: `messages of ${sources} pages`, value: all.length, unit: "", target: atLeast(all.length, 60) });
const share = (100 * right) / all.length;
print({ what: "classified right", value: share, unit: "%", target: atLeast(share, 95, "%") });
const wrong = all.filter(isConfidentlyWrong).length;
print({ what: "wrong with confidence", value: wrong, unit: "", target: atMost(wrong, 0) });
print({ what: "left without a class", value: all.length - right - wrong, unit: "" });
print({ what: "harmless lines with the words of failures, beside them", value: harmless.length, unit: "" });
